// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>

#include "messages/json.hpp"

namespace rr {

/// Which of the counters are shown.
enum class shown_counters : uint8_t { not_zero, all };

/// What `status` prints for people: the robot's state and what holds it back, a
/// table of its processes, where it listens, and counters. No line is longer
/// than 80 columns, but for a word that is.
/// @param status what the broker answers. Whatever a peer sent is taken: what
///               is missing or of another type is left out, and what a terminal
///               would obey is made visible.
/// @param now to tell how long something has been so.
/// @param coloured whether to use terminal colours, for states alone.
std::string status_table(const json& status, shown_counters counters,
                         std::chrono::system_clock::time_point now,
                         bool coloured = false);

} // namespace rr
