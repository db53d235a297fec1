// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "messages/process/stop.hpp"

namespace rr {

/// The emergency stop, pulled like a cord: a latched flag and the list of
/// process groups to signal, without actors, mailboxes or locks. Whoever learns
/// of a cause pulls at once, on its own thread.
///
/// A cord without groups signals nobody, which is what tests of actors use.
/// Thread safe throughout, but for `observe` and `at_first`.
class stop_cord {
public:
  using clock = std::chrono::steady_clock;

  /// Sends a signal to a whole process group.
  using signal_function = void (*)(pid_t group, int signal) noexcept;

  /// Called once, on the thread that pulls, after the last signal. Must not
  /// block.
  using observer = std::function<void(const stop_cord_pulled&)>;

  /// Called on the thread that pulls, before the first signal: what must take
  /// effect before any process hears of the stop. Threads that pull at once
  /// each call it. Must not block, allocate or throw.
  using first_action = std::function<void(const stop_cause_view&)>;

  /// The place of one group in the list.
  using slot = size_t;

  /// @param capacity how many groups there can be at once.
  explicit stop_cord(size_t capacity = 4096,
                     signal_function signal = signal_group);

  stop_cord(const stop_cord&) = delete;
  stop_cord& operator=(const stop_cord&) = delete;

  /// Adds an observer, which is told before those that are there. Only before
  /// the cord is shared with another thread.
  void observe(observer callback);

  /// Sets what is done first of all. Only before the cord is shared with
  /// another thread.
  void at_first(first_action action);

  /// Adds a group to those that a pull signals. When the cord has been pulled
  /// already, the group is signalled here and now.
  /// @returns none when the list is full.
  [[nodiscard]] std::optional<slot> add(pid_t group) noexcept;

  /// Takes a group off the list. To be called while its leader is a zombie that
  /// nobody has reaped, so that the number cannot mean another group; returns
  /// when no pull is about to signal it.
  void remove(slot where) noexcept;

  /// Does what is to be done first, latches, sends SIGTERM to every group, then
  /// SIGCONT (a stopped process handles nothing before it), then tells the
  /// observers. Allocates nothing before the last signal.
  /// @param detected when the cause became known.
  /// @returns whether this call was the one that latched it.
  bool pull(const stop_cause_view& cause,
            clock::time_point detected = clock::now()) noexcept;

  /// As `pull`, but no observer is told: for whoever has no memory left for
  /// what they do, and ends the process.
  bool pull_untold(const stop_cause_view& cause) noexcept;

  /// Whether the leader of a group on the list has not ended yet. Only for
  /// groups of children of this process. Allocates nothing.
  bool is_any_left() const noexcept;

  /// SIGKILL to every group on the list, whether or not it has been pulled.
  void kill_all() noexcept;

  /// Whether it has been pulled. It stays so for the life of this object.
  bool pulled() const noexcept;

  /// What `stop_cord_pulled` tells of the pull that latched it; 0 before.
  int64_t signal_latency_us() const noexcept {
    return signal_latency_us_.load();
  }

  /// `kill(-group, signal)`, and the same to its leader alone where that has
  /// left for another group. To be called while the leader has not been reaped.
  static void signal_group(pid_t group, int signal) noexcept;

private:
  void signal_all(int signal) noexcept;

  std::atomic<bool> pulled_{false};
  std::atomic<int64_t> signal_latency_us_{0};
  /// Zero: free; a group's number; or its negative while it is being
  /// signalled.
  std::vector<std::atomic<pid_t>> groups_;
  /// One past the last slot ever used.
  std::atomic<size_t> used_{0};
  signal_function signal_;
  first_action first_;
  std::vector<observer> observers_;
};

} // namespace rr
