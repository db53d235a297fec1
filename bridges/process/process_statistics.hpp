// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include <caf/expected.hpp>

namespace rr {

/// What the kernel tells of one process.
struct process_statistics {
  uint64_t thread_count = 0;
  /// Resident memory, in KiB.
  uint64_t resident_kib = 0;
  friend bool operator==(const process_statistics&, const process_statistics&)
    = default;
};

/// Of this process, from `/proc/self/status`.
/// @returns `ec::system_error` when it cannot be read, or what the parser says.
caf::expected<process_statistics> read_process_statistics();

/// Takes `Threads:` and `VmRSS:` out of a text in the form of
/// `/proc/self/status`, see proc(5).
/// @returns `ec::malformed`, with the name of what is missing.
caf::expected<process_statistics>
parse_process_statistics(std::string_view status);

} // namespace rr
