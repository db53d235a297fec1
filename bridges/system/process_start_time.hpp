// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace rr {

/// When a process was started, in ticks since boot, which tells it from a later
/// one with the same id; none when there is no such process.
std::optional<uint64_t> process_start_time(pid_t pid);

} // namespace rr
