// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/rate_limit.hpp"

#include <utility>

namespace rr {

rate_limit::rate_limit(uint32_t burst, clock::duration interval) noexcept
  : burst_(burst),
    interval_(interval),
    left_(burst) {
}

std::optional<uint64_t> rate_limit::pass(clock::time_point now) noexcept {
  if (auto due = (now - refilled_) / interval_; due >= burst_ - left_) {
    // Full: what goes beyond does not count for the next one.
    left_ = burst_;
    refilled_ = now;
  } else {
    left_ += static_cast<uint32_t>(due);
    refilled_ += due * interval_;
  }
  if (left_ == 0) {
    ++suppressed_;
    return std::nullopt;
  }
  --left_;
  return std::exchange(suppressed_, 0);
}

} // namespace rr
