// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/control/control.hpp"
#include "messages/process/process.hpp"
#include "tests/simulation/choice.hpp"

namespace rr::simulation {

/// The exit code of an emergency stop.
inline constexpr auto emergency_code = 255;

/// A robot, and what the world around it is like: made of a number.
struct scenario {
  std::vector<process_settings> processes;
  /// By process: whether its child goes on when it is told to end.
  std::vector<bool> stubborn;
  bool latches = false;
  /// Whether there is no network to hear updates from.
  bool no_network = false;
  caf::timespan stop_timeout{};
  control_timeout on_control_timeout{};
  /// How long actors may be kept waiting for the processor: for so long time
  /// goes on although there is something to do.
  caf::timespan slack{};
  /// How many steps are drawn before the world calms down.
  size_t steps = 0;
  /// How often it is started.
  size_t starts = 1;
  /// Of a hundred steps, so many are an actor's, and of the others time's.
  uint32_t busy = 0;
  uint32_t hasty = 0;
  /// How likely the world does what it may do; zero for what it never does.
  std::array<uint32_t, step_kinds> weights{};

  uint32_t weight(step_kind kind) const noexcept {
    return weights[static_cast<size_t>(kind)];
  }
};

scenario make_scenario(uint64_t seed);

/// For people: what is particular about it, one line for each process.
std::string to_text(const scenario& x);

} // namespace rr::simulation
