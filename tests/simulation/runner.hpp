// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>

#include "tests/simulation/choice.hpp"
#include "tests/simulation/witness.hpp"

namespace rr::simulation {

/// What came of one schedule.
struct run_report {
  /// The steps that were taken, without the calm ones at the end.
  schedule steps;
  /// Of all steps, the calm ones, too.
  uint64_t trace = 0;
  size_t length = 0;
  std::optional<breach> broken;
};

/// Told of each step before it is taken.
using step_listener = std::function<void(const std::string&)>;

/// From now on every step of that kind breaks a promise: to show that what is
/// broken is found, told and shrunk.
void plant_fault(step_kind kind);

/// Runs the robot of that seed by a schedule that the seed draws.
run_report run_seed(uint64_t seed, const step_listener& told = {});

/// Runs the robot of that seed by a schedule.
run_report run_schedule(uint64_t seed, const schedule& steps,
                        const step_listener& told = {});

/// The fewest steps found by which the same promise is broken: delta debugging.
schedule shrink(uint64_t seed, const run_report& failed);

} // namespace rr::simulation
