// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace rr {

class process_stat;

/// What a child has of the machine now.
struct child_usage {
  /// Its own, and that of all that it has waited for.
  std::chrono::nanoseconds cpu{0};
  /// Its own.
  uint64_t resident_kib = 0;
  friend bool operator==(const child_usage&, const child_usage&) = default;
};

/// Of the process with that number: none when there is none, or a zombie.
std::optional<child_usage> read_child_usage(int32_t pid);

/// @param ticks a second, and bytes of a page.
/// @returns none for a zombie, and for what is torn.
std::optional<child_usage> child_usage_of(const process_stat& stat,
                                          uint64_t ticks, uint64_t page_bytes);

} // namespace rr
