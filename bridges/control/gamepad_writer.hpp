// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <caf/error.hpp>

#include "messages/control/gamepad.hpp"

namespace rr {

/// Where the state of gamepads is kept. Called by one thread at a time.
class gamepad_writer {
public:
  virtual ~gamepad_writer() = default;

  /// Shows a state, in one transaction, of a gamepad that is connected.
  virtual caf::error write(uint8_t index, const gamepad_state& state) = 0;

  /// Shows, in one transaction, that a gamepad is not connected: axes 0, no
  /// button pressed.
  virtual caf::error neutral(uint8_t index) = 0;
};

/// For a robot that has no gamepads.
class discarding_gamepad_writer final : public gamepad_writer {
public:
  caf::error write(uint8_t, const gamepad_state&) override {
    return {};
  }

  caf::error neutral(uint8_t) override {
    return {};
  }
};

} // namespace rr
