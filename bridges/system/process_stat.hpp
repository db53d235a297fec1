// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rr {

/// What the kernel tells of a process in `/proc/PID/stat`.
class process_stat {
public:
  /// @returns none when there is no such process.
  static std::optional<process_stat> read(pid_t pid);

  /// @param line the content of the file.
  /// @returns none for what is no such line.
  static std::optional<process_stat> parse(std::string_view line);

  /// `R`, `S`, ..., and `Z` of one that has ended and has not been reaped.
  char state() const noexcept {
    return rest_.front();
  }

  /// A field, counted from 1 as in proc(5); 4 and up.
  /// @returns none where there is no such field, or it is negative.
  std::optional<uint64_t> number(int field) const noexcept;

private:
  explicit process_stat(std::string rest) : rest_(std::move(rest)) {
  }

  /// From the third field on: the second is a name in parentheses, which may
  /// contain anything.
  std::string rest_;
};

/// When a process was started, in ticks since boot, which tells it from a later
/// one with the same id; none when there is no such process.
std::optional<uint64_t> process_start_time(pid_t pid);

} // namespace rr
