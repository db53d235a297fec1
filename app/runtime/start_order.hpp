// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "messages/process/process.hpp"

namespace rr {

/// Groups of indices into `processes`: every process stands in a later group
/// than all that it names in `after`, and in the earliest such. Groups stop
/// one after another, the last first.
/// @pre the names in `after` exist and make no cycle, as `check` ensures;
///      unknown names are passed over, and what is in a cycle comes last.
std::vector<std::vector<size_t>>
start_order(const std::vector<process_settings>& processes);

} // namespace rr
