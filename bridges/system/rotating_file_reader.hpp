// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// Reads the lines of a `rotating_file`, those of older files first, while
/// another program appends to it and rotates it. For one thread.
class rotating_file_reader {
public:
  using line_handler = std::function<void(std::string_view line)>;

  /// Bytes of a line; a longer one is handed over as empty.
  static constexpr size_t max_line = 1'048'576;

  /// @param path as in `rotating_file_settings`.
  /// @param max_files how many files are looked for.
  rotating_file_reader(std::string path, size_t max_files);

  /// Calls the handler with each line that is complete and was not read before,
  /// without its line feed.
  /// @param since files that were last written before then are passed over.
  /// @returns `ec::system_error` that names a file that cannot be read. That
  ///          there is none is no error.
  caf::error read(std::chrono::system_clock::time_point since,
                  const line_handler& handler);

  /// Whether there has been a file.
  bool found() const noexcept {
    return found_;
  }

private:
  caf::error open_new_files(std::chrono::system_clock::time_point since);
  caf::error read_to_end(int fd, const line_handler& handler);
  void take(std::string_view bytes, const line_handler& handler);

  std::string path_;
  size_t max_files_;
  bool found_ = false;
  /// Not read to their end yet, the oldest first. The last one may grow.
  std::deque<file_descriptor> files_;
  std::string line_;
  bool too_long_ = false;
};

} // namespace rr
