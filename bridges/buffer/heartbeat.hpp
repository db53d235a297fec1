// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/error.hpp>

#include "bridges/system/sign_of_life.hpp"

namespace rr {

/// Calls a function at every interval on a thread of its own, while all
/// witnesses answer: what it tells is that they live, that this process lives,
/// and that it is given the processor.
class heartbeat {
public:
  /// @param beat must not throw or block.
  /// @param interval above zero.
  heartbeat(std::function<void()> beat, std::chrono::nanoseconds interval);

  heartbeat(const heartbeat&) = delete;
  heartbeat& operator=(const heartbeat&) = delete;

  /// The first call is made at once.
  /// @returns an error when there is no thread left.
  caf::error start();

  /// Returns when no call is made any more.
  ~heartbeat();

  /// From now on there is no beat while the witness owes an answer for longer
  /// than its bound. It is asked four times in that. From any thread.
  void add(heartbeat_witness witness);

private:
  using clock = std::chrono::steady_clock;

  struct asked_witness {
    heartbeat_witness witness;
    uint64_t question = 0;
    clock::time_point asked_at;
  };

  void run();

  /// Asks who is to be asked.
  /// @returns whether nobody is late.
  bool all_answer();

  std::function<void()> beat_;
  std::chrono::nanoseconds interval_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::vector<asked_witness> witnesses_;
  std::thread thread_;
};

} // namespace rr
