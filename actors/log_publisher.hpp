// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log_stream/log_publishing.hpp"

namespace rr {

class log_publisher_state {
public:
  static inline constexpr auto name = "log-publisher";

  using pointer = log_publisher_actor::stateful_pointer<log_publisher_state>;

  explicit log_publisher_state(pointer self);

  log_publisher_actor::behavior_type
  make_behavior(const log_publishing_factory& make, const event_log& log);

private:
  void on_failed(const log_failed& fact);

  pointer self_;
  std::unique_ptr<log_publishing> publishing_;
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
