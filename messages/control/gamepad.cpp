// SPDX-License-Identifier: BSD-3-Clause
#include "messages/control/gamepad.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "messages/error.hpp"

namespace rr {

namespace {

caf::error malformed_control(std::string why) {
  return caf::make_error(ec::malformed, "malformed control: " + std::move(why));
}

caf::error wrong(std::string_view key, const char* expectation) {
  return malformed_control(std::string{key} + " is not " + expectation);
}

/// A finite number that may be absent.
caf::error read(const json& pad, std::string_view key,
                std::optional<double>& out) {
  auto found = pad.find(key);
  if (found == pad.end())
    return {};
  if (!found->is_number() || !std::isfinite(found->get<double>()))
    return wrong(key, "a finite number");
  out = found->get<double>();
  return {};
}

/// An unsigned integer that may be absent.
caf::error read(const json& pad, std::string_view key,
                std::optional<uint64_t>& out) {
  auto found = pad.find(key);
  if (found == pad.end())
    return {};
  if (!found->is_number_unsigned())
    return wrong(key, "an unsigned integer");
  out = found->get<uint64_t>();
  return {};
}

caf::error read(const json& pad, gamepad_input& out) {
  if (!pad.is_object())
    return malformed_control("a gamepad is not a map");
  for (size_t i = 0; i < control_axes.size(); ++i) {
    std::optional<double> axis;
    if (auto fault = read(pad, control_axes[i], axis))
      return fault;
    if (axis)
      set_axis(out, i, *axis);
  }
  std::optional<uint64_t> buttons;
  if (auto fault = read(pad, "btn", buttons))
    return fault;
  out.buttons = buttons.value_or(0);
  if (auto fault = read(pad, "seq", out.seq))
    return fault;
  return read(pad, "time", out.time);
}

void scale_stick(double& x, double& y) noexcept {
  auto length = std::hypot(x, y);
  if (length <= 1)
    return;
  x /= length;
  y /= length;
}

} // namespace

std::optional<uint8_t> parse_gamepad_index(std::string_view text) noexcept {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 2 || !std::ranges::all_of(text, digit)
      || (text.size() == 2 && text[0] != '1'))
    return std::nullopt;
  size_t value = 0;
  for (auto c : text)
    value = value * 10 + static_cast<size_t>(c - '0');
  if (value >= gamepad_count)
    return std::nullopt;
  return static_cast<uint8_t>(value);
}

void set_axis(gamepad_input& input, size_t axis, double value) noexcept {
  auto clamped = std::clamp(value, -1.0, 1.0);
  input.axes[axis] = clamped;
  if (clamped != value && (!input.clamped || axis < input.clamped->axis))
    input.clamped = {static_cast<uint8_t>(axis), value};
}

gamepad_state apply(const gamepad_input& input, const gamepad_state& last) {
  gamepad_state result{last.axes, input.buttons};
  for (size_t i = 0; i < result.axes.size(); ++i)
    result.axes[i] = input.axes[i].value_or(last.axes[i]);
  scale_stick(result.axes[left_x], result.axes[left_y]);
  scale_stick(result.axes[right_x], result.axes[right_y]);
  return result;
}

bool at_rest(const gamepad_axes& axes) noexcept {
  return std::ranges::all_of(axes,
                             [](double x) { return std::abs(x) <= axis_rest; });
}

caf::expected<std::vector<gamepad_input>> decode_control(const json& args) {
  if (!args.is_array() || args.size() != 1 || !args[0].is_object())
    return malformed_control("the argument is not one map");
  std::vector<gamepad_input> result;
  for (const auto& [text, pad] : args[0].items()) {
    auto index = parse_gamepad_index(text);
    if (!index)
      return malformed_control("a gamepad's index is not a text from 0 to 15");
    gamepad_input input;
    input.index = *index;
    if (auto fault = read(pad, input))
      return fault;
    result.push_back(input);
  }
  return result;
}

caf::error check(const gamepad_input& input) {
  auto wrong = [&](const std::string& what) {
    return caf::make_error(ec::wrong_value,
                           "gamepad " + std::to_string(input.index) + what);
  };
  if (input.index >= gamepad_count)
    return wrong(": expected an index of 0 to 15");
  for (size_t i = 0; i < input.axes.size(); ++i)
    // A NaN is neither.
    if (auto axis = input.axes[i]; axis && !(*axis >= -1 && *axis <= 1))
      return wrong(": " + std::string{control_axes[i]}
                   + ": expected a number from -1 to 1");
  return {};
}

json encode_control(const std::vector<gamepad_input>& inputs) {
  auto pads = json::object();
  for (const auto& input : inputs) {
    auto pad = json::object();
    for (size_t i = 0; i < control_axes.size(); ++i)
      if (input.axes[i])
        pad[control_axes[i]] = *input.axes[i];
    pad["btn"] = input.buttons;
    if (input.seq)
      pad["seq"] = *input.seq;
    if (input.time)
      pad["time"] = *input.time;
    pads[std::to_string(input.index)] = std::move(pad);
  }
  return json::array({std::move(pads)});
}

} // namespace rr
