// SPDX-License-Identifier: BSD-3-Clause
#include "messages/control/control_packet.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/call/remote_call.hpp"
#include "messages/cbor/cbor_head.hpp"
#include "messages/cbor/cbor_value.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Reads a packet as senders commonly make it, straight from its bytes: what
/// arrives moves the robot, and building a document of it would take most of
/// the time. Gives up on everything else, be it right or wrong.
class common_packet {
public:
  explicit common_packet(std::span<const std::byte> payload) noexcept
    : bytes_(reinterpret_cast<const uint8_t*>(payload.data())),
      size_(payload.size()) {
  }

  /// @returns nothing when it is not one of these.
  std::vector<gamepad_input> read() {
    std::vector<gamepad_input> result;
    if (is(cbor_major::array, 3) && is(cbor_major::unsigned_integer, 2)
        && text() == "update_gamepads" && is(cbor_major::array, 1))
      read_gamepads(result);
    if (failed_ || at_ != size_)
      result.clear();
    return result;
  }

private:
  void read_gamepads(std::vector<gamepad_input>& result) {
    auto count = length(cbor_major::map);
    std::string_view last;
    for (uint64_t i = 0; i < count && !failed_; ++i) {
      auto name = text();
      auto index = parse_gamepad_index(name);
      // In ascending order, none is there twice.
      if (!index || name <= last) {
        failed_ = true;
        return;
      }
      last = name;
      result.push_back(read_gamepad(*index));
    }
  }

  gamepad_input read_gamepad(uint8_t index) noexcept {
    gamepad_input result;
    result.index = index;
    std::optional<uint64_t> buttons;
    auto count = length(cbor_major::map);
    for (uint64_t i = 0; i < count && !failed_; ++i) {
      auto key = text();
      auto axis = std::ranges::find(control_axes, key);
      if (axis != control_axes.end())
        set(result, static_cast<size_t>(axis - control_axes.begin()), number());
      else if (key == "btn")
        set(buttons, length(cbor_major::unsigned_integer));
      else if (key == "seq")
        set(result.seq, length(cbor_major::unsigned_integer));
      else if (key == "time")
        set(result.time, number());
      else
        failed_ = true;
    }
    result.buttons = buttons.value_or(0);
    return result;
  }

  void set(gamepad_input& to, size_t axis, double value) noexcept {
    failed_ = failed_ || to.axes[axis].has_value();
    set_axis(to, axis, value);
  }

  /// A key that is there twice is not common.
  template <class T>
  void set(std::optional<T>& to, T value) noexcept {
    failed_ = failed_ || to.has_value();
    to = value;
  }

  cbor_head next() noexcept {
    cbor_head result;
    if (read_cbor_head(bytes_, size_, at_, result) != nullptr)
      failed_ = true;
    return result;
  }

  /// The number or length of an item that must be of that type.
  uint64_t length(cbor_major type) noexcept {
    auto head = next();
    failed_ = failed_ || head.type != type || head.is_indefinite();
    return failed_ ? 0 : head.argument;
  }

  bool is(cbor_major type, uint64_t argument) noexcept {
    failed_ = length(type) != argument || failed_;
    return !failed_;
  }

  std::string_view text() noexcept {
    auto size = length(cbor_major::text_string);
    if (failed_ || size > size_ - at_) {
      failed_ = true;
      return {};
    }
    auto begin = reinterpret_cast<const char*>(bytes_ + at_);
    at_ += size;
    return {begin, size};
  }

  double number() noexcept {
    auto head = next();
    if (head.is_indefinite())
      failed_ = true;
    else if (head.type == cbor_major::unsigned_integer)
      return static_cast<double>(head.argument);
    else if (head.type == cbor_major::negative_integer
             && head.argument <= INT64_MAX)
      return static_cast<double>(-1 - static_cast<int64_t>(head.argument));
    else if (auto result = to_float(head);
             head.type == cbor_major::simple_or_float && result
             && std::isfinite(*result))
      return *result;
    failed_ = true;
    return 0;
  }

  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
  bool failed_ = false;
};

} // namespace

caf::expected<std::vector<gamepad_input>>
decode_control_packet(std::span<const std::byte> payload) {
  if (auto common = common_packet{payload}.read(); !common.empty())
    return common;
  cbor_limits limits;
  limits.max_bytes = max_control_packet;
  auto message = decode(payload, limits);
  if (!message)
    return message.error();
  auto call = std::get_if<notification>(&*message);
  if (!call || call->method != "update_gamepads")
    return caf::make_error(
      ec::malformed,
      "malformed control: it is no notification update_gamepads");
  return decode_control(call->args);
}

} // namespace rr
