// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "app/config/options.hpp"

namespace rr {

/// Says on standard error, in one line, who stopped the robot of these options
/// in an emergency, when and why, if nobody has reset that.
/// @returns the exit code with which `run` refuses to start; none where nothing
///          speaks against it.
std::optional<int> refusal_to_run(const options& opts);

/// `estop --reset`: lets a robot that was stopped in an emergency start again.
/// @param by who does it.
/// @returns the exit code; what has been done, or has failed, was printed.
int reset_stop(const options& opts, const std::string& by);

} // namespace rr
