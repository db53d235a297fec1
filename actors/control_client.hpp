// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/support/interval_clock.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/control/gamepad.hpp"

namespace rr {

struct control_client_settings {
  /// Between two packets, above zero.
  caf::timespan interval = std::chrono::milliseconds{20};
  /// How many packets show sticks at rest first, so that a robot which waits
  /// for that obeys those that follow.
  uint32_t rest_packets = 0;
};

class control_client_state {
public:
  static inline constexpr auto name = "control-client";

  using pointer = control_client_actor::stateful_pointer<control_client_state>;

  /// Sends one packet. Must not block.
  using sender = std::function<caf::error(const std::vector<uint8_t>& packet)>;

  explicit control_client_state(pointer self) : self_(self) {
  }

  control_client_actor::behavior_type
  make_behavior(const control_client_settings& settings, sender send,
                event_log log);

private:
  void on_tick();
  void send();
  void on_sent(const caf::error& what);
  void schedule_next();

  pointer self_;
  control_client_settings settings_;
  sender send_;
  event_log log_;
  interval_clock clock_;
  /// By index.
  std::map<uint8_t, gamepad_input> gamepads_;
  uint64_t seq_ = 0;
  bool is_down_ = false;
};

/// Sends all gamepads that it has been told of every interval, with a sequence
/// number and the time. Sends nothing before it has been told of any. What
/// cannot be sent is reported when that begins (`Control interrupted`), and
/// when it ends (`Control sent again`).
control_client_actor::behavior_type control_client(
  control_client_actor::stateful_pointer<control_client_state> self,
  control_client_settings settings, control_client_state::sender send,
  event_log log);

} // namespace rr
