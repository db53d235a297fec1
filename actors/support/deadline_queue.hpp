// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/timespan.hpp>

namespace rr {

/// The deadlines of many things, for an actor that sets one timer for all:
/// one delayed message each would be kept by the clock until it is due, long
/// after the thing is done.
class deadline_queue {
public:
  using time_point = caf::actor_clock::time_point;

  /// The time that far from now, at most a year.
  static time_point after(time_point now, caf::timespan delay);

  void add(uint64_t id, time_point when);

  /// @param when as it was added.
  void remove(uint64_t id, time_point when);

  /// Takes one thing that is due at that time; the earliest, and of equals the
  /// one with the smallest number.
  std::optional<uint64_t> take_due(time_point now);

  /// How long until a timer must fire that is not set yet; none when no timer
  /// needs to be set. Whoever asks sets it.
  std::optional<caf::timespan> next_timer(time_point now);

  /// Some timer has fired, maybe an older one.
  void timer_fired(time_point now);

private:
  std::set<std::pair<time_point, uint64_t>> deadlines_;
  /// When the earliest timer fires that is set.
  std::optional<time_point> timer_;
};

} // namespace rr
