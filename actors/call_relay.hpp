// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/limited_log.hpp"
#include "messages/call/outgoing_call.hpp"

namespace rr {

class call_relay_state {
public:
  static inline constexpr auto name = "call-relay";

  using pointer = call_relay_actor::stateful_pointer<call_relay_state>;

  explicit call_relay_state(pointer self) : self_(self) {
  }

  call_relay_actor::behavior_type make_behavior(remote_client_actor client,
                                                event_log log);

private:
  void on_call(outgoing_call& call);
  void call(outgoing_call& order);
  void notify(outgoing_call& order);

  pointer self_;
  remote_client_actor client_;
  limited_log log_;
};

/// Makes the calls of threads that are no actors, through a remote client. The
/// calls and notifications of one thread leave in their order. Answers are told
/// in this actor; calls that have none when it ends are told so then. An
/// idle client sends on this actor's thread.
call_relay_actor::behavior_type
call_relay(call_relay_actor::stateful_pointer<call_relay_state> self,
           remote_client_actor client, event_log log);

} // namespace rr
