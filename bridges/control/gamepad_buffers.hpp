// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "bridges/buffer/buffer_registry.hpp"
#include "bridges/control/gamepad_writer.hpp"

namespace rr {

/// Keeps gamepads in the buffers `gamepad:0` to `gamepad:15`, which are made
/// when they are first written. Axes are `joystick_left_x`, `joystick_left_y`,
/// `joystick_right_x` and `joystick_right_y`; bit i of the buttons is the i-th
/// boolean parameter by id. What the catalog's type does not have is left out.
///
/// Who writes here has other gamepads to see to, and their silence: another
/// process that keeps the lock of a buffer, for it has been stopped for
/// instance, is waited for no longer than a moment, and only once.
class gamepad_buffers final : public gamepad_writer {
public:
  /// @pre the catalog of these has a type `gamepad`.
  explicit gamepad_buffers(std::shared_ptr<buffer_registry> buffers);

  caf::error write(uint8_t index, const gamepad_state& state) override;
  caf::error neutral(uint8_t index) override;

private:
  caf::error open(uint8_t index);
  caf::error show(uint8_t index, const gamepad_state& state, bool connected);

  std::shared_ptr<buffer_registry> buffers_;
  /// Places in the type's parameters, by axis.
  std::array<std::optional<size_t>, 4> axes_;
  std::vector<size_t> buttons_;
  std::array<std::optional<buffer_handle>, gamepad_count> open_;
  /// Whether the lock of its buffer was not to be had the last time.
  std::array<bool, gamepad_count> is_kept_{};
};

} // namespace rr
