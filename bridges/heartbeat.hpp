// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace rr {

/// Calls a function at every interval on a thread of its own, which waits for
/// nothing but the time: what it tells is that this process lives and is given
/// the processor. The first call is made at once.
class heartbeat {
public:
  /// @param beat must not throw or block.
  /// @param interval above zero.
  heartbeat(std::function<void()> beat, std::chrono::nanoseconds interval);

  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  /// Returns when no call is made any more.
  ~heartbeat();

private:
  void run(std::chrono::nanoseconds interval);

  std::function<void()> beat_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace rr
