// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "messages/control/control.hpp"

namespace rr {

/// What a robot tells a sender of control packets, at the address that they
/// came from: notifications
/// - `control_granted`, without an argument: it is obeyed from now on,
/// - `control_refused`, with one map `{ "reason", "driver"?, "gamepad"? }`: a
///   control fault, whom the robot obeys instead, and which gamepad is refused
///   if not all of them are.
/// Whoever does not listen misses nothing but these.
struct control_answer {
  bool granted = false;
  std::string reason = {};
  /// Empty where nobody drives, or it is not said.
  std::string driver = {};
  std::optional<uint64_t> gamepad = {};
  friend bool operator==(const control_answer&, const control_answer&)
    = default;
};

/// In words: `the robot obeys another driver, 127.0.0.1:6`.
/// @relates control_answer
std::string describe(const control_answer& answer);

/// The same of a verdict.
/// @pre it has a fault.
/// @relates control_verdict
std::string describe_refusal(const control_verdict& verdict);

/// @relates control_answer
std::vector<uint8_t> encode_grant();

/// @param verdict has a fault.
/// @param most bytes that it may have; what does not fit is not said.
/// @returns nothing when not even the reason fits.
/// @relates control_answer
std::vector<uint8_t> encode_refusal(const control_verdict& verdict,
                                    size_t most);

/// @returns `ec::malformed` for anything else.
/// @relates control_answer
caf::expected<control_answer>
decode_control_answer(std::span<const std::byte> payload);

} // namespace rr
