// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/record/run_record.hpp"

namespace rr {

/// Keeps what was before an end. Every function may be called from any thread,
/// and returns at once, whatever the disk does.
class end_keeper {
public:
  virtual ~end_keeper();

  /// How the run ends; the last one counts.
  virtual void end(const robot_stopped& how) = 0;

  /// The name of the last file that was written; empty before.
  virtual std::string last_file() const = 0;
};

} // namespace rr
