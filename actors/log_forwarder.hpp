// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log_stream/log_relay.hpp"

namespace rr {

struct log_forwarder_state {
  static inline constexpr auto name = "log-forwarder";

  std::unique_ptr<log_relay> relay;
};

/// Owns the log forwarder's sockets and their thread; no event that it forwards
/// passes an actor. The Application talks to it. Its end forwards what has
/// come, and closes the sockets.
///
/// Quits with the factory's error when an address cannot be bound, and with the
/// bridge's when it fails later.
///
/// @param make called once, before the behaviour function returns.
log_forwarder_actor::behavior_type
log_forwarder(log_forwarder_actor::stateful_pointer<log_forwarder_state> self,
              log_relay_factory make, event_log log);

} // namespace rr
