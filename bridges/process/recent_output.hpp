// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "bridges/process/output_reader.hpp"

namespace rr {

/// Keeps the last lines of every child, for when it has ended. Thread safe, and
/// never waits for long: its lines are few.
class recent_output {
public:
  /// @param lines of each child.
  /// @param line_bytes of each line; of a longer one the beginning is kept.
  /// @param children whose lines are kept; then the one that has been silent
  ///                 longest is forgotten.
  recent_output(size_t lines, size_t line_bytes, size_t children = 256);

  void take(const output_line& line);

  /// What has come of a child, the oldest line first, and forgets it.
  std::vector<std::string> take_out(int32_t pid);

private:
  struct child {
    int32_t pid;
    std::list<std::string> lines;
  };

  size_t lines_;
  size_t line_bytes_;
  size_t children_;
  std::mutex mutex_;
  /// The last one to write stands first.
  std::list<child> all_;
};

} // namespace rr
