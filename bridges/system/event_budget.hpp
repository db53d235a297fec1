// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>

namespace rr {

/// Lets `burst` events through at once, and one every `interval` from then on.
class event_budget {
public:
  using clock = std::chrono::steady_clock;

  event_budget(uint32_t burst, clock::duration interval) noexcept;

  /// @param now never earlier than in the call before.
  /// @returns whether the event may pass; one that may not is counted.
  bool take(clock::time_point now) noexcept;

  /// How many were held back since the last call.
  uint64_t take_suppressed() noexcept;

private:
  uint32_t burst_;
  clock::duration interval_;
  uint32_t left_;
  clock::time_point refilled_;
  uint64_t suppressed_ = 0;
};

} // namespace rr
