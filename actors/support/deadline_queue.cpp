// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/deadline_queue.hpp"

#include <algorithm>
#include <chrono>

namespace rr {

namespace {

constexpr caf::timespan longest = std::chrono::hours{24 * 365};

} // namespace

deadline_queue::time_point deadline_queue::after(time_point now,
                                                 caf::timespan delay) {
  return now + std::clamp(delay, caf::timespan{0}, longest);
}

void deadline_queue::add(uint64_t id, time_point when) {
  deadlines_.emplace(when, id);
}

void deadline_queue::remove(uint64_t id, time_point when) {
  deadlines_.erase({when, id});
}

std::optional<uint64_t> deadline_queue::take_due(time_point now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now)
    return std::nullopt;
  auto result = deadlines_.begin()->second;
  deadlines_.erase(deadlines_.begin());
  return result;
}

std::optional<caf::timespan> deadline_queue::next_timer(time_point now) {
  if (deadlines_.empty())
    return std::nullopt;
  auto when = deadlines_.begin()->first;
  if (timer_ && *timer_ <= when)
    return std::nullopt;
  timer_ = when;
  return std::max(caf::timespan{when - now}, caf::timespan{0});
}

void deadline_queue::timer_fired(time_point now) {
  if (timer_ && *timer_ <= now)
    timer_.reset();
}

} // namespace rr
