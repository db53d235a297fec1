// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>

namespace rr {

/// Whether an event that comes after a silence waits for others to come to it.
///
/// Each event that is sent by itself wakes all readers, and they take the
/// processors from the programs that write: hence the wait. Where many come,
/// they come together by themselves, and to gather them would only hold them
/// up.
class gathering {
public:
  using clock = std::chrono::steady_clock;

  /// @param time how long an event waits for others.
  explicit gathering(std::chrono::milliseconds time) noexcept : time_(time) {
  }

  std::chrono::milliseconds time() const noexcept {
    return time_;
  }

  /// @param count of all events so far.
  bool is_worth_it(clock::time_point now, uint64_t count) noexcept {
    if (now - looked_at_ >= window * time_) {
      are_many_ = (count - count_then_) * time_ > many * (now - looked_at_);
      looked_at_ = now;
      count_then_ = count;
    }
    return !are_many_;
  }

private:
  /// More events than that in the time of one gathering are many.
  static constexpr uint64_t many = 20;

  /// The average is taken over so many times that time: a shorter pause among
  /// many events is no silence.
  static constexpr int window = 10;

  std::chrono::milliseconds time_;
  /// What the last look found, and when and after how many events that was.
  bool are_many_ = false;
  clock::time_point looked_at_{};
  uint64_t count_then_ = 0;
};

} // namespace rr
