// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/event_budget.hpp"

#include <algorithm>
#include <utility>

namespace rr {

event_budget::event_budget(uint32_t burst, clock::duration interval) noexcept
  : burst_(burst),
    interval_(interval),
    left_(burst) {
}

bool event_budget::take(clock::time_point now) noexcept {
  if (left_ == burst_)
    refilled_ = now;
  auto due = (now - refilled_) / interval_;
  if (due > 0) {
    left_ += static_cast<uint32_t>(std::min<int64_t>(due, burst_ - left_));
    refilled_ += due * interval_;
  }
  if (left_ == 0) {
    ++suppressed_;
    return false;
  }
  --left_;
  return true;
}

uint64_t event_budget::take_suppressed() noexcept {
  return std::exchange(suppressed_, 0);
}

} // namespace rr
