// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <caf/actor_clock.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/system/stop_cord.hpp"
#include "tests/simulation/scenario.hpp"
#include "tests/simulation/witness.hpp"

namespace rr::simulation {

/// A step that is possible, and how likely it is.
struct weighted_choice {
  choice what;
  uint32_t weight;
};

/// What the parts of a simulated robot share.
struct robot_view {
  const scenario& world;
  witness& judge;
  stop_cord& cord;
  const event_log& log;
  const caf::actor_clock& clock;
  /// Whether the root has begun to stop the robot.
  const bool& stop_begun;
};

} // namespace rr::simulation
