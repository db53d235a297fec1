// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "messages/control/gamepad.hpp"

namespace rr {

/// What a gamepad does, of the events of the kernel's input devices (`EV_ABS`
/// and `EV_KEY` of linux/input-event-codes.h, as drivers of Xbox pads use
/// them):
///
/// | axis | code | positive |
/// | --- | --- | --- |
/// | lx, ly | ABS_X, ABS_Y | right, up |
/// | rx, ry | ABS_RX, ABS_RY | right, up |
///
/// The buttons stand in the order of the W3C's standard gamepad: from bit 0 on
/// south, east, west, north, left and right bumper, left and right trigger,
/// select, start, left and right stick, up, down, left, right, mode. Triggers
/// and the cross may be axes, too (ABS_Z, ABS_RZ; ABS_HAT0X, ABS_HAT0Y).
class evdev_mapping {
public:
  /// The range of an axis, which is symmetrical unless told. One that is empty
  /// is left alone.
  void set_range(uint16_t code, int32_t least, int32_t most) noexcept;

  /// Unknown types and codes are ignored.
  /// @param type `EV_ABS` or `EV_KEY`.
  void take(uint16_t type, uint16_t code, int32_t value) noexcept;

  const gamepad_state& state() const noexcept {
    return state_;
  }

  /// A value that its axis cannot have, and the range that it was clamped to.
  struct stray_value {
    uint16_t code;
    int32_t value;
    int32_t least;
    int32_t most;
  };

  /// The first one that was taken.
  const std::optional<stray_value>& stray() const noexcept {
    return stray_;
  }

private:
  struct range {
    int32_t least = -32768;
    int32_t most = 32767;
  };

  static constexpr size_t range_count = 24;

  double scaled(uint16_t code, int32_t value) noexcept;
  void take_axis(uint16_t code, int32_t value) noexcept;
  void press(unsigned button, bool pressed) noexcept;

  /// By code.
  std::array<range, range_count> ranges_{};
  std::optional<stray_value> stray_;
  gamepad_state state_;
};

} // namespace rr
