// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/error.hpp>

#include "bridges/system/self_watch.hpp"

namespace rr {

/// Since the machine was started, with the time that it slept.
std::chrono::nanoseconds time_since_boot() noexcept;

struct heartbeat_settings {
  /// Between two beats; above zero.
  std::chrono::nanoseconds interval{};
  /// Of a longer silence others take this process for dead; twice the interval
  /// and more.
  std::chrono::nanoseconds patience{};
  /// See `self_watch_settings`.
  std::chrono::nanoseconds ask_interval = self_watch_settings{}.ask_interval;
  /// Says that this process lives. Must not throw or block.
  std::function<void()> beat;
  /// Called before the next beat when this process, or the machine, stood still
  /// for longer than the patience; told how long. Must not throw; may block,
  /// for there is no beat meanwhile. May be empty.
  std::function<void(std::chrono::nanoseconds)> stood_still;
  /// Called when there is something to `take`. Must not throw or block. May be
  /// empty.
  std::function<void()> tell;
};

/// What a heartbeat has seen.
struct heartbeat_news {
  /// The latest time that this process stood still; zero for none.
  std::chrono::nanoseconds stood_still{};
  std::vector<lateness> changes;
};

/// Calls a function at every interval on a thread of its own, while all
/// witnesses that have a bound answer in it: what it tells is that they live,
/// that this process lives, and that it is given the processor.
class heartbeat {
public:
  explicit heartbeat(heartbeat_settings settings);

  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  /// The first call is made at once.
  /// @returns an error when there is no thread left.
  caf::error start();

  /// Returns when no call is made any more.
  ~heartbeat();

  /// From now on this one is asked (see `self_watch`). From any thread.
  void add(heartbeat_witness witness);

  /// What has been seen since the last call. For one thread, which the
  /// heartbeat never waits for.
  heartbeat_news take();

  /// Whether the last look is no longer ago than the patience: otherwise this
  /// process has stood still, and nothing has been done about it yet. From any
  /// thread.
  bool is_in_time() const noexcept;

  /// Whether nobody was late at the last look. From any thread.
  bool all_in_time() const noexcept {
    return all_in_time_.load();
  }

  /// Whether the system has not let its thread go before all ordinary ones;
  /// known from the first beat on.
  bool is_ordinary() const noexcept {
    return is_ordinary_.load();
  }

private:
  void run();
  std::chrono::nanoseconds look();
  void take_added();
  void hand_over() noexcept;

  heartbeat_settings settings_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  self_watch watch_;
  /// What nobody has been handed yet.
  heartbeat_news news_;
  /// For what is handed over, either way. Whoever holds it may wait for the
  /// processor: the heartbeat does not wait for it.
  std::mutex handed_mutex_;
  heartbeat_news handed_;
  std::vector<heartbeat_witness> added_;
  std::atomic<int64_t> looked_at_;
  std::atomic<bool> all_in_time_{true};
  std::atomic<bool> is_ordinary_{false};
  std::thread thread_;
};

} // namespace rr
