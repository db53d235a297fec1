// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"
#include "messages/record/stop_statistics.hpp"

namespace rr {

/// Keeps what has happened, for whoever asks later. Every function may be
/// called from any thread, and returns at once, whatever the disk does.
class record_keeper {
public:
  virtual ~record_keeper();

  /// The run begins now. Once, before anything else is kept.
  virtual void begin() = 0;

  /// From now on these are the processes, of which ends are kept.
  virtual void know(std::vector<std::string> processes) = 0;

  /// What is new of a process.
  virtual void keep(process_end end) = 0;

  /// The run is about to end.
  virtual void keep(robot_stopped end) = 0;

  /// Calls back, once, on whatever thread, when everything that was kept so far
  /// has been written down, or cannot be. Once.
  virtual void finish(std::function<void()> done) = 0;

  /// Of all runs up to now.
  virtual stop_statistics stops() const = 0;
};

} // namespace rr
