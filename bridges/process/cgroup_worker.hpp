// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "bridges/system/woken_thread.hpp"

namespace rr {

/// The thread that makes, kills and removes the control groups of children. The
/// kernel does so under a lock of the whole machine, which others may keep for
/// seconds: whoever reports ends must not wait for it.
///
/// What it is told is done in order, but kills first. Thread safe.
class cgroup_worker {
public:
  cgroup_worker() = default;
  cgroup_worker(const cgroup_worker&) = delete;
  cgroup_worker& operator=(const cgroup_worker&) = delete;

  /// Carries out what it has been told, and ends the thread.
  ~cgroup_worker();

  /// @returns an `ec::system_error` when there is no descriptor or thread left.
  caf::error start();

  /// Has a group made.
  /// @param id by which its outcome is taken.
  /// @param made called on the worker's thread once there is an outcome; must
  ///             not block.
  void make(uint64_t id, std::string directory, std::function<void()> made);

  /// The outcome of `make`, once: none, or an `ec::system_error`, as before
  /// there is one.
  caf::error take(uint64_t id);

  /// SIGKILL to everything in a group and below it.
  void kill(std::string directory) noexcept;

  /// Removes a group, and those that children have made below it, unless
  /// something lives in one.
  void remove(std::string directory) noexcept;

  /// Whose silence means that the thread hangs. May outlive the worker.
  heartbeat_witness witness() const {
    return thread_.witness("groups");
  }

private:
  void add(std::function<void()> job);

  void run();

  /// @returns false when there is nothing left to do.
  bool do_next();

  std::mutex mutex_;
  std::vector<std::string> kills_;
  std::deque<std::function<void()>> jobs_;
  std::map<uint64_t, caf::error> made_;
  woken_thread thread_;
};

} // namespace rr
