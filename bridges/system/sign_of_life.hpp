// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

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

  /// The last question that has been answered.
  uint64_t answered() const noexcept {
    return answered_.load();
  }

private:
  std::atomic<uint64_t> asked_{0};
  std::atomic<uint64_t> answered_{0};
};

/// Somebody whose silence is the end of a heartbeat.
struct heartbeat_witness {
  /// Asks a question by number, from 1. Must not block or throw.
  std::function<void(uint64_t question)> ask;
  /// The last question that has been answered. Must not block or throw.
  std::function<uint64_t()> answered;
  /// How long an answer may take.
  std::chrono::nanoseconds bound{};
};

} // namespace rr
