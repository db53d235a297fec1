// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <caf/expected.hpp>

#include "messages/control/gamepad.hpp"

namespace rr {

/// Bytes of the largest control packet: 16 gamepads need a quarter of it.
inline constexpr size_t max_control_packet = 8192;

/// Reads one control packet: a notification `update_gamepads`.
/// @returns as `decode_control`; `ec::malformed` also for what is no such
///          notification.
/// @relates gamepad_input
caf::expected<std::vector<gamepad_input>>
decode_control_packet(std::span<const std::byte> payload);

} // namespace rr
