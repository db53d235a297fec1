// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/log_stream/log_subscription.hpp"

namespace rr {

struct log_subscriber_state {
  static inline constexpr auto name = "log-subscriber";

  std::unique_ptr<log_subscription> subscription;
};

/// Owns a subscription to the levels at and above its own. Events go from the
/// bridge's thread to their handler and pass no actor; malformed ones are
/// counted and skipped. Whoever made it talks to it; its end ends the thread.
///
/// Quits with the factory's error, and with the bridge's when it fails later.
/// What it has to say itself is never published (`transmit=false`).
///
/// @param make called once, before the behaviour function returns; binds the
///             handler, as `subscribe_log` takes it.
log_subscriber_actor::behavior_type log_subscriber(
  log_subscriber_actor::stateful_pointer<log_subscriber_state> self,
  log_subscription_factory make, event_log log);

} // namespace rr
