// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "bridges/system/state_directory.hpp"
#include "messages/process/stop.hpp"

namespace rr::simulation {

/// What outlives a simulated robot: its state directory, a real one, in memory.
///
/// There is one at a time in a process.
class disk {
public:
  disk();

  ~disk();

  disk(const disk&) = delete;
  disk& operator=(const disk&) = delete;

  /// Writes the latch, as the thread does that a host has for it.
  void latch(const stop_cause& cause, int exit_code);

  /// Something else writes over the latch, if there is one: half of it is left.
  void spoil();

  /// A person resets the stop.
  void reset();

  /// Whether a start finds a stop that is latched.
  bool refuses() const;

  /// Whether a stop has been latched that nobody has reset.
  bool is_latched() const noexcept {
    return latched_;
  }

private:
  std::unique_ptr<state_directory> state_;
  bool latched_ = false;
};

} // namespace rr::simulation
