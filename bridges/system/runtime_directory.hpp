// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// The directory of a runtime's sockets and locks: private to its user, and
/// taken by one runtime at a time.
class runtime_directory {
public:
  /// Creates the directory where it is missing (mode 0700, its parents 0755)
  /// and holds an exclusive lock on the file `lock` in it, whose text is this
  /// process's id. The file itself stays for ever: a lock on a file that others
  /// may remove locks nobody out.
  /// @returns `ec::system_error` with path and cause when it cannot be made,
  ///          is a symbolic link or no directory, belongs to another user, is
  ///          accessible to group or others, or is locked by another runtime.
  static caf::expected<std::unique_ptr<runtime_directory>>
  make(std::string path);

  /// Keeps runtimes from starting in a directory, whoever owns it, for as long
  /// as the descriptor is open. Nothing is made or written.
  /// @returns an empty one where no runtime has ever run; an error when one
  ///          runs there, or when that cannot be seen.
  static caf::expected<file_descriptor> hold_off(const std::string& path);

  runtime_directory(const runtime_directory&) = delete;
  runtime_directory& operator=(const runtime_directory&) = delete;

  /// Lets another runtime in.
  ~runtime_directory();

  /// Without a slash at its end.
  const std::string& path() const noexcept {
    return path_;
  }

private:
  runtime_directory(std::string path, file_descriptor lock);

  std::string path_;
  file_descriptor lock_;
};

} // namespace rr
