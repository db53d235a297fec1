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

class update_subscriber_state {
public:
  static inline constexpr auto name = "update-subscriber";

  using pointer
    = update_subscriber_actor::stateful_pointer<update_subscriber_state>;

  /// Opens what receives for a listener.
  using opener = std::function<caf::expected<std::unique_ptr<update_source>>(
    update_listener)>;

  explicit update_subscriber_state(pointer self);

  update_subscriber_actor::behavior_type
  make_behavior(const opener& open, update_handler handler, event_log log);

private:
  pointer self_;
  std::unique_ptr<update_source> source_;
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
