// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <string_view>

namespace rr {

/// The type of the catalog that control packets set.
inline constexpr std::string_view gamepad_type_name = "gamepad";

/// Its parameters that are axes, by `gamepad_axis`.
inline constexpr std::array<std::string_view, 4> gamepad_axes_in_catalog{
  "joystick_left_x", "joystick_left_y", "joystick_right_x", "joystick_right_y"};

} // namespace rr
