// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>

#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/system/worker_threads.hpp"
#include "messages/work.hpp"

namespace rr {

class worker_pool_state {
public:
  static inline constexpr auto name = "worker-pool";

  using pointer = worker_pool_actor::stateful_pointer<worker_pool_state>;

  explicit worker_pool_state(pointer self);

  /// Answers what waits.
  ~worker_pool_state();

  worker_pool_actor::behavior_type
  make_behavior(std::shared_ptr<job_runner> threads, event_log log);

private:
  caf::result<void> on_work(const work& job);
  void on_done(work_done& fact);

  pointer self_;
  std::shared_ptr<job_runner> threads_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, caf::response_promise> pending_;
};

/// Owns the threads for what blocks. Any actor may send it `work`; the answer
/// comes when the work is done: nothing, or its error, or its exception as
/// `ec::work_failed`. Work that finds the queue full is refused with
/// `ec::overloaded`. Its end drops the work that waits.
worker_pool_actor::behavior_type
worker_pool(worker_pool_actor::stateful_pointer<worker_pool_state> self,
            std::shared_ptr<job_runner> threads, event_log log);

} // namespace rr
