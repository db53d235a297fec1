// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <caf/error.hpp>

namespace rr {

/// How the threads and the memory of a runtime are scheduled. Nothing of it is
/// a child's: a real-time priority ends where a thread starts something, and no
/// thread that starts processes has one; processors and limits are set back on
/// the way (see `inherited_state`); memory locks end where a program is
/// executed.
struct scheduling_settings {
  /// SCHED_FIFO, 1 to 99, of the threads that are made first or urgent (see
  /// `start_thread.hpp`): those that stop the robot, beat and hear drivers; 0
  /// for none that must be had.
  int real_time_priority = 0;
  /// Where every thread runs; some of this process's. None for all of them.
  std::vector<int32_t> processors = {};
  /// Whether what the program has loaded, and whatever memory it uses later,
  /// stays in memory.
  bool lock_memory = false;
};

/// Settles this process. On the main thread while there is no other, after
/// `settle_runtime`.
/// @returns an `ec::system_error` that says what the system does not permit,
/// and what would.
caf::error settle_scheduling(const scheduling_settings& how);

/// What `settle_scheduling` would be refused, as far as it can be told without
/// doing it, one for each. Raises limits of this process, as that does.
std::vector<caf::error> scheduling_faults(const scheduling_settings& how);

} // namespace rr
