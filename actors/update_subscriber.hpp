// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/limited_log.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/udp/update_socket.hpp"

namespace rr {

struct update_subscriber_state {
  static inline constexpr auto name = "update-subscriber";

  /// Opens what receives for a listener.
  using opener = std::function<caf::expected<std::unique_ptr<update_source>>(
    update_listener)>;

  std::unique_ptr<update_source> source;
};

/// Owns a socket that has joined the group of device updates, and its thread;
/// no update passes an actor. What is malformed is reported once a second at
/// most (`Update ignored`), and counted. Quits with the opener's error. Its end
/// leaves the group.
/// @param handler called with every update on the socket's thread: must not
///                block, and is called no more when the actor has ended.
update_subscriber_actor::behavior_type update_subscriber(
  update_subscriber_actor::stateful_pointer<update_subscriber_state> self,
  update_subscriber_state::opener open, update_handler handler, event_log log);

} // namespace rr
