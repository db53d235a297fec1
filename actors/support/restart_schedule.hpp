// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include <caf/actor_clock.hpp>
#include <caf/timespan.hpp>

#include "messages/process/process.hpp"

namespace rr {

/// When a child is started again, and when it is given up. It knows neither a
/// clock nor chance of its own: whoever asks says what time it is, and equal
/// children get equal delays.
///
/// The delay doubles from one restart to the next, up to its maximum, and
/// begins anew after a healthy run. It is longer by up to a tenth, which
/// depends on the child's name and on how often it has been restarted, so that
/// children that fail together do not start together for ever. More restarts
/// within the window than the limit, and the child is given up.
class restart_schedule {
public:
  using time_point = caf::actor_clock::time_point;

  restart_schedule() = default;
  restart_schedule(const restart_settings& settings, std::string_view name);

  /// Whether a child that has ended in this way is started again at all.
  bool wanted(bool failed) const noexcept;

  /// Plans a restart.
  /// @param ran how long the child has run; zero when it could not be started.
  /// @returns how long to wait before it; nothing when the child is given up.
  std::optional<caf::timespan> plan(time_point now, caf::timespan ran);

  /// How many restarts have been planned.
  uint32_t count() const noexcept {
    return count_;
  }

  /// An order has started it: as if it had never failed.
  void begin_anew() noexcept;

private:
  caf::timespan lengthened(caf::timespan delay) const noexcept;

  restart_settings settings_;
  uint64_t seed_ = 0;
  caf::timespan next_delay_{0};
  uint32_t count_ = 0;
  /// Of the restarts within the window, the oldest first.
  std::deque<time_point> recent_;
};

} // namespace rr
