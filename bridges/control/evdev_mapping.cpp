// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/evdev_mapping.hpp"

#include <linux/input.h>

#include <algorithm>
#include <iterator>

namespace rr {

namespace {

enum button : unsigned {
  left_trigger = 6,
  right_trigger = 7,
  cross_up = 12,
  cross_down = 13,
  cross_left = 14,
  cross_right = 15,
};

/// By bit.
constexpr uint16_t button_codes[] = {
  BTN_SOUTH,      BTN_EAST,   BTN_X,       BTN_Y,         BTN_TL,
  BTN_TR,         BTN_TL2,    BTN_TR2,     BTN_SELECT,    BTN_START,
  BTN_THUMBL,     BTN_THUMBR, BTN_DPAD_UP, BTN_DPAD_DOWN, BTN_DPAD_LEFT,
  BTN_DPAD_RIGHT, BTN_MODE,
};

/// How far a trigger that is an axis is pulled to count as pressed.
constexpr double pulled = 0.0;

} // namespace

void evdev_mapping::set_range(uint16_t code, int32_t least,
                              int32_t most) noexcept {
  if (code < ranges_.size() && least < most)
    ranges_[code] = {least, most};
}

void evdev_mapping::take(uint16_t type, uint16_t code, int32_t value) noexcept {
  if (type == EV_ABS) {
    take_axis(code, value);
  } else if (type == EV_KEY) {
    auto found = std::ranges::find(button_codes, code);
    if (found != std::end(button_codes))
      press(static_cast<unsigned>(found - button_codes), value != 0);
  }
}

/// @returns -1 to 1, 0 in the middle of the range.
double evdev_mapping::scaled(uint16_t code, int32_t value) noexcept {
  const auto& [least, most] = ranges_[code];
  if ((value < least || value > most) && !stray_)
    stray_ = {code, value, least, most};
  auto width = static_cast<double>(most) - least;
  auto result = 2 * (static_cast<double>(value) - least) / width - 1;
  // An even number of steps has no middle one.
  if (std::abs(result) * width <= 1.5)
    return 0;
  return std::clamp(result, -1.0, 1.0);
}

void evdev_mapping::take_axis(uint16_t code, int32_t value) noexcept {
  switch (code) {
    case ABS_X:
      state_.axes[left_x] = scaled(code, value);
      break;
    case ABS_Y:
      state_.axes[left_y] = -scaled(code, value);
      break;
    case ABS_RX:
      state_.axes[right_x] = scaled(code, value);
      break;
    case ABS_RY:
      state_.axes[right_y] = -scaled(code, value);
      break;
    case ABS_Z:
      press(left_trigger, scaled(code, value) > pulled);
      break;
    case ABS_RZ:
      press(right_trigger, scaled(code, value) > pulled);
      break;
    case ABS_HAT0X:
      press(cross_left, value < 0);
      press(cross_right, value > 0);
      break;
    case ABS_HAT0Y:
      press(cross_up, value < 0);
      press(cross_down, value > 0);
      break;
    default:
      break;
  }
}

void evdev_mapping::press(unsigned button, bool pressed) noexcept {
  auto bit = uint64_t{1} << button;
  state_.buttons = pressed ? state_.buttons | bit : state_.buttons & ~bit;
}

} // namespace rr
