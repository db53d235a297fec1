// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "bridges/file_descriptor.hpp"

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

private:
  file_descriptor signals_;
};

} // namespace rr
