// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// The directory of what must survive a reboot. Names are those of files in it,
/// without a slash.
///
/// Every call blocks for as long as the file system takes. Thread safe; two
/// runtimes never share one, for the lock of the runtime directory, but
/// commands read it, and `estop --reset` writes it, at any time.
/// Errors are `ec::system_error` with the path and the cause.
class state_directory {
public:
  /// Opens it. Where it is missing it is made, mode 0700.
  /// @returns an error also when others than its owner may write in it.
  static caf::expected<std::unique_ptr<state_directory>> make(std::string path);

  /// Opens one that is there, to read what is in it.
  /// @returns null when it is not there.
  static caf::expected<std::unique_ptr<state_directory>>
  open_existing(std::string path);

  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;

  /// The whole content of a file, nothing when there is none.
  /// @returns an error also for what is larger than `max_size` bytes or is no
  ///          regular file.
  caf::expected<std::optional<std::string>>
  read(const std::string& name, size_t max_size = 1'048'576) const;

  /// Writes a file as a whole: after a crash or a power failure at any instant
  /// it has the old content or the new one. Once this returns it has the new
  /// one for good. With a name of at most 11 characters nothing is allocated,
  /// unless it fails.
  caf::error replace(const std::string& name, std::string_view text) const;

  /// Adds to the end of a file, which is made where it is missing. A power
  /// failure may leave a part of the text, or none.
  caf::error append(const std::string& name, const std::string& text) const;

  /// Removes a file for good. One that is missing is no error.
  caf::error remove(const std::string& name) const;

  /// Whether a file can be written now, tried with a small one.
  caf::error try_write() const;

  /// Whether a file could be written now, as far as the file system tells
  /// without one: the directory is where it was opened, its owner may write in
  /// it, it is not mounted to be read only, and has room.
  caf::error look() const;

  /// Sets when a file was last written to now.
  caf::error touch(const std::string& name) const;

  /// When a file was last written, none when there is none.
  std::optional<std::chrono::system_clock::time_point>
  written(const std::string& name) const;

  /// Without a slash at its end.
  const std::string& path() const noexcept {
    return path_;
  }

private:
  state_directory(std::string path, file_descriptor directory);

  caf::error write_new(const std::string& name, std::string_view text) const;
  caf::error about(const char* what, const std::string& name, int cause) const;

  std::string path_;
  file_descriptor directory_;
};

} // namespace rr
