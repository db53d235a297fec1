// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>

#include "messages/json.hpp"

namespace rr {

/// How many gamepads there can be; their indices begin at 0.
inline constexpr size_t gamepad_count = 16;

/// Where each axis stands in an array of them: two sticks.
enum gamepad_axis : size_t { left_x, left_y, right_x, right_y };

/// The axes of a gamepad, each in [-1, 1], by `gamepad_axis`.
using gamepad_axes = std::array<double, 4>;

/// An axis that is not farther out than this is at rest: sticks seldom come
/// back to 0 exactly.
inline constexpr double axis_rest = 0.1;

/// An axis that was sent out of its range.
struct clamped_axis {
  /// By `gamepad_axis`.
  uint8_t axis = 0;
  /// As it was sent.
  double value = 0;
  friend bool operator==(const clamped_axis&, const clamped_axis&) = default;
};

/// What a driver sends of one gamepad.
struct gamepad_input {
  /// Below `gamepad_count`.
  uint8_t index = 0;
  /// In [-1, 1], by `gamepad_axis`; one that is absent keeps its value.
  std::array<std::optional<double>, 4> axes = {};
  /// Bit i is the i-th button.
  uint64_t buttons = 0;
  /// Greater than in every packet before; for the receiver to tell order.
  std::optional<uint64_t> seq = {};
  /// When it was sent, in seconds of whatever clock.
  std::optional<double> time = {};
  /// The first axis, by place, that had to be clamped; none in a sound input.
  std::optional<clamped_axis> clamped = {};
  friend bool operator==(const gamepad_input&, const gamepad_input&) = default;
};

/// What is known of one gamepad.
struct gamepad_state {
  gamepad_axes axes{};
  uint64_t buttons = 0;
  friend bool operator==(const gamepad_state&, const gamepad_state&) = default;
};

/// The state after an input: absent axes keep their values, then a stick that
/// is outside the unit circle is scaled back onto it.
/// @relates gamepad_state
gamepad_state apply(const gamepad_input& input, const gamepad_state& last);

/// Whether no axis is farther out than `axis_rest`.
/// @relates gamepad_state
bool at_rest(const gamepad_axes& axes) noexcept;

/// How each axis is called in a control packet, by `gamepad_axis`.
inline constexpr std::array<std::string_view, 4> control_axes{"lx", "ly", "rx",
                                                              "ry"};

/// `0` to `15`, in no other form.
std::optional<uint8_t> parse_gamepad_index(std::string_view text) noexcept;

/// Reads the arguments of `update_gamepads`: one map from indices, texts from
/// `"0"` to `"15"`, to `{ "lx", "ly", "rx", "ry", "btn", "seq", "time" }`. Each
/// of these may be absent, unknown ones are ignored, and axes beyond [-1, 1]
/// are clamped, which the input tells. A map of none is a driver without a
/// gamepad.
/// @returns the gamepads in ascending order of their texts; or `ec::malformed`
///          for anything else: one fault anywhere rejects all of them, for what
///          else a sender says that sends one wrong is no better known.
/// @relates gamepad_input
caf::expected<std::vector<gamepad_input>> decode_control(const json& args);

/// Sets an axis, clamped to [-1, 1].
/// @param axis by `gamepad_axis`.
/// @param value finite.
/// @relates gamepad_input
void set_axis(gamepad_input& input, size_t axis, double value) noexcept;

/// Whether it can be sent.
/// @returns `ec::wrong_value` for an index of `gamepad_count` and above, or an
///          axis that is no number in [-1, 1].
/// @relates gamepad_input
caf::error check(const gamepad_input& input);

/// The arguments of `update_gamepads`.
/// @relates gamepad_input
json encode_control(const std::vector<gamepad_input>& inputs);

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::gamepad_input)
