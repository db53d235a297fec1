// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

struct rotating_file_settings {
  /// Absolute.
  std::string path;
  /// Bytes of one file, 1 and up.
  size_t max_size = 10'485'760;
  /// Files in all, 1 and up.
  size_t max_files = 5;
  /// How often it is looked whether the path means another file by now.
  std::chrono::nanoseconds look_interval = std::chrono::seconds{1};
  /// In place of `write`, for tests.
  std::function<ssize_t(int fd, const void* bytes, size_t size)> write;
};

/// Whether the path can be a file that lines are appended to: a regular file,
/// or nothing yet. Opens nothing, waits for nothing.
/// @returns `ec::bad_configuration` that says what it is, such as `/x is a
///          FIFO and no regular file`.
caf::error inspect_log_file(const std::string& path);

/// Makes what a write that was cut short has left behind as if it had never
/// been, if nobody has written after it.
/// @param fd of a file whose offset stands behind what was written.
/// @returns whether it has succeeded.
bool take_back(int fd, size_t written) noexcept;

/// The name of a file that was rotated so often: `robot.log`, `robot.1.log`,
/// `robot.2.log`.
std::string rotated_name(const std::string& path, size_t number);

/// A file that lines are appended to. At `max_size` it becomes `robot.1.log`,
/// that one `robot.2.log` and so on, and a new one is begun.
///
/// A line is there whole or not at all, whatever the disk does. Whoever removes
/// or renames the file gets a new one at the path, its folder included; another
/// program may append to it, too. Where it cannot be rotated nothing is written
/// beyond `max_size`. Every line tries anew.
///
/// One thread at a time uses it, with SIGXFSZ blocked or ignored.
class rotating_file {
public:
  using clock = std::chrono::steady_clock;

  /// Makes the file's folder if it is missing, and appends to the file. What a
  /// dead program left unfinished there is ended by a line feed.
  /// @returns errors as `inspect_log_file` does, and `ec::system_error` that
  /// names
  ///          the path when it cannot be opened.
  static caf::expected<std::unique_ptr<rotating_file>>
  open(rotating_file_settings settings);

  rotating_file(const rotating_file&) = delete;
  rotating_file& operator=(const rotating_file&) = delete;

  /// @param line without its line feed.
  /// @returns 0, or the `errno` for which the line is lost.
  int append(std::string_view line) noexcept;

private:
  explicit rotating_file(rotating_file_settings settings);

  int reopen();
  int make_ready(size_t size);
  int rotate();
  bool is_at_path() const noexcept;
  int write(std::string_view bytes);

  rotating_file_settings settings_;
  file_descriptor fd_;
  clock::time_point next_look_{};
  /// The file ends within a line.
  bool torn_ = false;
  std::string buffer_;
};

} // namespace rr
