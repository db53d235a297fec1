// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/log/event_log.hpp"

namespace rr {

/// What receives control packets for a session, until its end.
using control_bridge = std::shared_ptr<void>;

/// Opens a bridge to a session.
using control_bridge_factory = std::function<caf::expected<control_bridge>()>;

class control_receiver_state {
public:
  static inline constexpr auto name = "control-receiver";

  using pointer
    = control_receiver_actor::stateful_pointer<control_receiver_state>;

  explicit control_receiver_state(pointer self) : self_(self) {
  }

  ~control_receiver_state();

  control_receiver_actor::behavior_type
  make_behavior(std::shared_ptr<control_session> session,
                const control_bridge_factory& make, event_log log);

private:
  void on_lost(const control_lost& fact);

  pointer self_;
  std::shared_ptr<control_session> session_;
  control_bridge bridge_;
};

/// Owns the socket and the thread that receive control packets; no packet
/// passes an actor. The Application and the broker talk to it. Its end makes
/// all gamepads neutral.
///
/// Quits with the factory's error when the address cannot be bound, and with
/// `ec::emergency_stop` when the driver or a gamepad falls silent and
/// `control.on-timeout` says so.
/// @param session what the bridge submits to.
/// @param make called once, before the behaviour function returns.
control_receiver_actor::behavior_type control_receiver(
  control_receiver_actor::stateful_pointer<control_receiver_state> self,
  std::shared_ptr<control_session> session, control_bridge_factory make,
  event_log log);

/// A listener that makes events of a session's facts: `Control connected`,
/// `Control resumed`, `Control taken over`, `Control lost` (one for each
/// gamepad), `Control out of range`, `Control ignored`.
control_listener log_control(event_log log);

} // namespace rr
