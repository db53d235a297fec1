// SPDX-License-Identifier: BSD-3-Clause
#include "actors/worker_pool.hpp"

#include <exception>

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Runs on a worker's thread.
caf::error run_guarded(const std::function<caf::error()>& run) {
  try {
    return run();
  } catch (const std::exception& x) {
    return caf::make_error(ec::work_failed, std::string{x.what()});
  } catch (...) {
    return caf::make_error(ec::work_failed,
                           "an exception that is no std::exception");
  }
}

} // namespace

worker_pool_state::worker_pool_state(pointer self) : self_(self) {
}

worker_pool_state::~worker_pool_state() {
  for (auto& [id, promise] : pending_)
    promise.deliver(
      caf::make_error(ec::overloaded, "the worker pool has ended"));
}

worker_pool_actor::behavior_type
worker_pool_state::make_behavior(std::shared_ptr<job_runner> threads,
                                 event_log log) {
  report_errors(self_, std::move(log));
  threads_ = std::move(threads);
  return {
    [this](const work& job) { return on_work(job); },
    [this](work_done& fact) { on_done(fact); },
  };
}

caf::result<void> worker_pool_state::on_work(const work& job) {
  auto id = ++last_id_;
  auto job_on_thread = [id, run = job.run, hdl = worker_pool_actor{self_}] {
    caf::anon_send(hdl, work_done{id, run_guarded(run)});
  };
  if (!threads_->submit(std::move(job_on_thread)))
    return caf::make_error(ec::overloaded, "the worker pool's queue is full");
  pending_.emplace(id, self_->make_response_promise());
  return caf::delegated<void>{};
}

void worker_pool_state::on_done(work_done& fact) {
  auto found = pending_.find(fact.id);
  if (found == pending_.end())
    return;
  if (fact.result)
    found->second.deliver(std::move(fact.result));
  else
    found->second.deliver(caf::unit);
  pending_.erase(found);
}

worker_pool_actor::behavior_type
worker_pool(worker_pool_actor::stateful_pointer<worker_pool_state> self,
            std::shared_ptr<job_runner> threads, event_log log) {
  return self->state.make_behavior(std::move(threads), std::move(log));
}

} // namespace rr
