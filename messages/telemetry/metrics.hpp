// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/json.hpp"

namespace rr {

/// What Prometheus is told of a robot, in its text format 0.0.4 (`text/plain;
/// version=0.0.4; charset=utf-8`): names begin with `robot_runtime_`, seconds
/// and bytes are the units, and counters end with `_total`.
/// @param status as `robot-runtime status --format=json` prints it; what it
/// does
///               not have, and what is null, is left out.
std::string to_metrics(const json& status);

} // namespace rr
