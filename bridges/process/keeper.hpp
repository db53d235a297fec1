// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/process/low_descriptors.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A small process in a session of its own that ends everything the children
/// started, should this process die in whatever way. It waits for the end of a
/// stream whose other end this process alone holds.
class keeper {
public:
  /// @param arguments of the launcher, as `containment::keeper_arguments`.
  /// @returns an `ec::start_failed` or `ec::system_error`.
  static caf::expected<keeper> start(const std::string& launcher,
                                     const std::vector<std::string>& arguments,
                                     low_descriptors& low);

  keeper() = default;
  keeper(keeper&&) = default;
  keeper& operator=(keeper&&) = delete;

  /// Says good-bye and waits for its end, a second at most.
  ~keeper();

  pid_t pid() const noexcept {
    return pid_;
  }

  /// Readable when it has ended.
  int descriptor() const noexcept {
    return process_.get();
  }

  /// When it was started.
  std::chrono::steady_clock::time_point started() const noexcept {
    return started_;
  }

private:
  pid_t pid_ = 0;
  file_descriptor process_;
  file_descriptor stream_;
  std::chrono::steady_clock::time_point started_;
};

} // namespace rr
