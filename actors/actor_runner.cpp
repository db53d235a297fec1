// SPDX-License-Identifier: BSD-3-Clause
#include "actors/actor_runner.hpp"

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
  if (delivering_)
    woken_ = job;
  else
    system().scheduler().enqueue(job);
}

void actor_runner::deliver(caf::strong_actor_ptr receiver,
                           caf::mailbox_element_ptr message) {
  delivering_ = true;
  receiver->enqueue(std::move(message), this);
  delivering_ = false;
  auto job = std::exchange(woken_, nullptr);
  if (job == nullptr)
    return;
  if (job->resume(this, messages_per_run) == caf::resumable::resume_later)
    system().scheduler().enqueue(job);
  else
    caf::intrusive_ptr_release(job);
}

} // namespace rr
