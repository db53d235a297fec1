// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/peer/peer_resource.hpp"
#include "messages/control/control_answer.hpp"
#include "messages/control/gamepad.hpp"

namespace rr {

/// How `peer::drive` drives.
struct drive_settings {
  /// Packets a second, 1 to 10000.
  double rate = 50;
  /// Of the robot, `udp://host:port`; empty for `control.address`.
  std::string address = {};
  /// How many packets show sticks at rest first: a robot whose last driver was
  /// lost obeys nobody before that.
  uint32_t rest_packets = 5;
  /// Hears what the robot answers, `control granted` or why not, on a thread of
  /// the actor system: must not block. May be empty.
  std::function<void(const control_answer&)> heard = {};
};

/// Sends the state of gamepads to a robot at a rate, with numbers and times by
/// which it tells order and age. Its end is silence, which the robot takes for
/// a lost driver: send sticks at rest before.
class gamepad_driver : public peer_resource {
public:
  /// Sends this from now on, beside what was said of other gamepads. Axes that
  /// are absent are not sent.
  /// @param input of a gamepad, by its index; `seq` and `time` are the
  ///              driver's own.
  /// @returns `ec::wrong_value` for no gamepad that there can be, and for an
  ///          axis that is no number in [-1, 1].
  caf::error send(const gamepad_input& input) const;
};

} // namespace rr
