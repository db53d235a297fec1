// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <caf/actor_clock.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/system/worker_threads.hpp"

namespace rr {

class spin_state {
public:
  static inline constexpr auto name = "spin";

  using pointer = spin_actor::stateful_pointer<spin_state>;

  /// What is called; an error of it ends the actor.
  using callback = std::function<caf::error()>;

  explicit spin_state(pointer self) : self_(self) {
  }

  spin_actor::behavior_type make_behavior(event_log log, callback function,
                                          caf::timespan interval,
                                          std::shared_ptr<job_runner> workers);

private:
  void on_tick();
  void on_done(const caf::error& what);
  void schedule_next();

  pointer self_;
  callback function_;
  caf::timespan interval_{};
  std::shared_ptr<job_runner> workers_;
  caf::actor_clock::time_point due_;
};

/// Calls a function at once and then every interval: on a fixed grid from its
/// own start, so that calls do not drift. A call that takes longer than the
/// interval is followed by the next one when it is done; what was missed is
/// skipped, and two calls never overlap. Quits with the function's error.
/// @param interval above zero.
/// @param workers where a function that blocks runs, whose exception is its
///                error `ec::work_failed`; with no room for it the actor quits
///                with `ec::overloaded`. Without workers the function runs on
///                the actor's own time, and must not block.
spin_actor::behavior_type spin(spin_actor::stateful_pointer<spin_state> self,
                               event_log log, spin_state::callback function,
                               caf::timespan interval = std::chrono::seconds{1},
                               std::shared_ptr<job_runner> workers = {});

} // namespace rr
