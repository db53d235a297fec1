// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <caf/actor_clock.hpp>
#include <caf/timespan.hpp>

namespace rr {

/// When an actor is due that does something at every interval: on a fixed grid,
/// so that ticks do not drift. Those that are missed are skipped, never
/// bunched.
class interval_clock {
public:
  using time_point = caf::actor_clock::time_point;

  interval_clock() = default;

  /// @param interval above zero.
  interval_clock(time_point start, caf::timespan interval) noexcept
    : due_(start),
      interval_(interval) {
  }

  time_point due() const noexcept {
    return due_;
  }

  /// Goes to the first time of the grid that is after `now`.
  /// @returns how many were skipped on the way.
  uint64_t advance(time_point now) noexcept {
    due_ += interval_;
    if (due_ > now)
      return 0;
    auto missed = (now - due_) / interval_ + 1;
    due_ += missed * interval_;
    return static_cast<uint64_t>(missed);
  }

private:
  time_point due_;
  caf::timespan interval_{1};
};

} // namespace rr
