// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>

namespace rr {

/// Lets a bridge's thread run the actor that it wakes, as CAF's own workers
/// and its multiplexer do: one hand-over between threads less for what comes
/// in. An actor that runs already, or has more to do, is left to the workers,
/// and so is every other actor that it wakes.
///
/// Belongs to one thread. The actor may end on it: a bridge whose owner it runs
/// must stand its own end there.
class actor_runner final : public caf::execution_unit {
public:
  explicit actor_runner(caf::actor_system& system);

  /// Sends the fact from nobody, and handles it here if the receiver is idle.
  template <class Handle, class Fact>
  void deliver(const Handle& receiver, Fact fact) {
    deliver(caf::actor_cast<caf::strong_actor_ptr>(receiver),
            caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                      std::move(fact)));
  }

  /// CAF's: takes over the caller's reference to what is to run.
  void exec_later(caf::resumable* job) override;

private:
  void deliver(caf::strong_actor_ptr receiver,
               caf::mailbox_element_ptr message);

  bool delivering_ = false;
  caf::resumable* woken_ = nullptr;
};

} // namespace rr
