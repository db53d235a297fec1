// SPDX-License-Identifier: BSD-3-Clause

// Control packets, read by the short way and by the long one, and the answers
// that a driver station gets.

#include <cmath>

#include "messages/call/remote_call.hpp"
#include "messages/control/control_answer.hpp"
#include "messages/control/control_packet.hpp"
#include "messages/error.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

using gamepads = std::vector<gamepad_input>;

/// As `decode_control_packet` does for what is not common.
caf::expected<gamepads> decode_in_full(fuzz::input bytes) {
  auto message = decode(bytes, {max_control_packet, 32});
  if (!message)
    return message.error();
  auto call = std::get_if<notification>(&*message);
  if (!call || call->method != "update_gamepads")
    return ec::malformed;
  return decode_control(call->args);
}

void check_gamepad(const gamepad_input& pad) {
  require(pad.index < gamepad_count, "an index is one of sixteen");
  require(!check(pad), "what was read can be sent");
  require(!pad.time || std::isfinite(*pad.time), "a time is a number");
  auto state = apply(pad, {});
  require(std::hypot(state.axes[left_x], state.axes[left_y]) < 1.000001
            && std::hypot(state.axes[right_x], state.axes[right_y]) < 1.000001,
          "no stick is outside of the unit circle");
}

void check_again(gamepads pads) {
  auto again = decode_control(encode_control(pads));
  // Which axis had to be clamped is not sent on.
  for (auto& each : pads)
    each.clamped.reset();
  require(again && *again == pads, "what was read is sent as it was");
}

} // namespace

FUZZ_TARGET(control) {
  auto pads = decode_control_packet(bytes);
  auto in_full = decode_in_full(bytes);
  require(static_cast<bool>(pads) == static_cast<bool>(in_full),
          "both ways take the same packets");
  if (pads) {
    require(*pads == *in_full, "both ways read the same of it");
    require(bytes.size() <= max_control_packet, "no packet is longer");
    for (size_t i = 0; i < pads->size(); ++i) {
      check_gamepad((*pads)[i]);
      require(i == 0
                || std::to_string((*pads)[i - 1].index)
                     < std::to_string((*pads)[i].index),
              "gamepads come in the order of their texts, each once");
    }
    check_again(std::move(*pads));
  } else {
    require(pads.error() == ec::malformed, "a bad packet is malformed");
  }
  if (auto answer = decode_control_answer(bytes))
    require(!describe(*answer).empty(), "an answer is told in words");
}
