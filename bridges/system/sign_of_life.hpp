// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace rr {

/// A question by number that one thread asks, and another one answers whenever
/// it passes by. Thread safe.
class sign_of_life {
public:
  void ask(uint64_t question) noexcept {
    asked_ = question;
  }

  void answer() noexcept {
    answered_ = asked_.load();
  }

  /// Whoever answered is gone: whatever is asked from now on is answered.
  void end() noexcept {
    ended_ = true;
  }

  /// Whether it has answered all that it has been asked.
  bool has_answered() const noexcept {
    return answered() >= asked_.load();
  }

  /// The last question that has been answered.
  uint64_t answered() const noexcept {
    return ended_.load() ? std::numeric_limits<uint64_t>::max()
                         : answered_.load();
  }

private:
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> asked_{0};
  std::atomic<uint64_t> answered_{0};
};

/// Somebody who is asked whether he lives, and whose silence is told; it may be
/// the end of a heartbeat.
struct heartbeat_witness {
  /// Asks a question by number, from 1. Must not block or throw.
  std::function<void(uint64_t question)> ask;
  /// The last question that has been answered, or a later one for somebody
  /// who need not answer any more. Must not block or throw.
  std::function<uint64_t()> answered;
  /// How long an answer may take until the heartbeat ends; zero for one whose
  /// silence ends none.
  std::chrono::nanoseconds bound{};
  /// For people.
  std::string name{};
};

} // namespace rr
