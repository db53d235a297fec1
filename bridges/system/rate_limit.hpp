// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace rr {

/// A token bucket: lets `burst` events through at once, and one every
/// `interval` from then on. What it holds back it counts.
class rate_limit {
public:
  using clock = std::chrono::steady_clock;

  explicit rate_limit(uint32_t burst = 1, clock::duration interval
                                          = std::chrono::seconds{1}) noexcept;

  /// @param now never earlier than in the call before.
  /// @returns how many were held back since the last one that passed, or
  ///          nothing when this one is held back, too.
  std::optional<uint64_t> pass(clock::time_point now) noexcept;

private:
  uint32_t burst_;
  clock::duration interval_;
  uint32_t left_;
  clock::time_point refilled_;
  uint64_t suppressed_ = 0;
};

} // namespace rr
