// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>

namespace rr {

/// Lets a thread run the actor that it wakes, as CAF's own workers and its
/// multiplexer do: one hand-over between threads less. An actor that runs
/// already, or has more to do, is left to the workers, and so is every other
/// actor that it wakes; those hear of it once the actor is idle again.
///
/// For actors that do not block. Belongs to one thread. The actor may end on
/// it: a bridge whose owner it runs must stand its own end there.
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

  /// Calls `send`, which sends from the running actor `sender` to one receiver,
  /// and lets that handle it here, on the sender's thread, if it is idle. While
  /// the sender has more to do itself, it is sent as always: what comes
  /// together is better handled together.
  template <class Sender, class Send>
  static void deliver_from(Sender& sender, Send send) {
    if (!sender.mailbox().empty())
      return send();
    actor_runner runner{sender.system()};
    {
      // Even if it throws.
      struct restored {
        Sender& sender;
        caf::execution_unit* worker;
        ~restored() {
          sender.context(worker);
        }
      } on_return{sender, sender.context()};
      sender.context(&runner);
      send();
    }
    runner.run_woken();
  }

  /// CAF's: takes over the caller's reference to what is to run.
  void exec_later(caf::resumable* job) override;

private:
  void deliver(caf::strong_actor_ptr receiver,
               caf::mailbox_element_ptr message);
  void run_woken();

  /// The first is the receiver, if it was idle.
  std::vector<caf::resumable*> woken_;
};

} // namespace rr
