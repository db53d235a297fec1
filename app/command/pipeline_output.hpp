// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string_view>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// Standard output of a command that may be part of a pipeline: the end of its
/// reader, SIGINT and SIGTERM are quiet ends, at whatever moment they come.
class pipeline_output {
public:
  /// Blocks SIGINT, SIGTERM and SIGPIPE in this thread; threads made later
  /// inherit that.
  pipeline_output();

  /// Writes all of it, however long the reader takes.
  /// @returns false when it is time to end.
  bool write(std::string_view text);

  /// Waits until the descriptor is readable.
  /// @returns false when it is time to end.
  bool wait_for(int descriptor);

  /// The same for so long at most.
  bool wait_for(int descriptor, std::chrono::milliseconds most);

  /// Ends at that moment, too.
  void end_at(std::chrono::steady_clock::time_point when);

  /// Whether that moment has come.
  bool timed_out() const noexcept;

  /// Whether it is time to end.
  bool is_over() const noexcept;

  /// Readable when it is time to end.
  int end_descriptor() const noexcept {
    return ends_.get();
  }

  /// Why it could not be written, an `errno` value; 0 for every quiet end.
  int problem() const noexcept {
    return problem_;
  }

private:
  file_descriptor signals_;
  file_descriptor timer_;
  /// Of both, and of the reader's end where it can be waited for.
  file_descriptor ends_;
  int problem_ = 0;
};

} // namespace rr
