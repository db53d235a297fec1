// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log_stream/log_publishing.hpp"

namespace rr {

struct log_publisher_state {
  static inline constexpr auto name = "log-publisher";

  std::unique_ptr<log_publishing> publishing;
};

/// Owns the socket by which this program's events leave; no event passes an
/// actor. The Application talks to it. Its end publishes what has been written
/// so far, and closes the socket.
///
/// Quits with the factory's error when there can be no socket, and with the
/// bridge's when it fails later. What it has to say itself is never published
/// (`transmit=false`).
///
/// @param make called once, before the behaviour function returns.
log_publisher_actor::behavior_type
log_publisher(log_publisher_actor::stateful_pointer<log_publisher_state> self,
              log_publishing_factory make, event_log log);

} // namespace rr
