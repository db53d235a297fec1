// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/control/gamepad.hpp"

namespace rr {

/// A gamepad as the robot has received it.
struct gamepad_view {
  uint8_t index = 0;
  bool connected = false;
  gamepad_state state = {};
  friend bool operator==(const gamepad_view&, const gamepad_view&) = default;
};

/// Who drives, and what the robot has received.
struct control_view {
  std::chrono::system_clock::time_point time;
  /// Empty for nobody.
  std::string driver;
  /// Those that have ever been heard of, by index.
  std::vector<gamepad_view> gamepads;
  friend bool operator==(const control_view&, const control_view&) = default;
};

} // namespace rr
