// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/actor_runner.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace rr {

namespace {

/// Messages before the thread goes back to its bridge.
constexpr size_t messages_per_run = 1;

} // namespace

actor_runner::actor_runner(caf::actor_system& system)
  : caf::execution_unit(&system) {
}

void actor_runner::exec_later(caf::resumable* job) {
  woken_.push_back(job);
}

void actor_runner::deliver(caf::strong_actor_ptr receiver,
                           caf::mailbox_element_ptr message) {
  receiver->enqueue(std::move(message), this);
  run_woken();
}

void actor_runner::run_woken() {
  if (woken_.empty())
    return;
  auto job = woken_.front();
  if (job->resume(this, messages_per_run) == caf::resumable::resume_later)
    woken_.push_back(job);
  else
    caf::intrusive_ptr_release(job);
  for (size_t i = 1; i < woken_.size(); ++i)
    system().scheduler().enqueue(woken_[i]);
  woken_.clear();
}

} // namespace rr
