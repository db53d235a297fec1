// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/restart_schedule.hpp"

#include <algorithm>
#include <functional>

namespace rr {

restart_schedule::restart_schedule(const restart_settings& settings,
                                   std::string_view name)
  : settings_(settings),
    seed_(std::hash<std::string_view>{}(name)),
    next_delay_(std::min(settings.delay, settings.max_delay)) {
}

bool restart_schedule::wanted(bool failed) const noexcept {
  return settings_.policy == restart_policy::always
         || (settings_.policy == restart_policy::on_failure && failed);
}

std::optional<caf::timespan> restart_schedule::plan(time_point now,
                                                    caf::timespan ran) {
  if (ran >= settings_.healthy_after)
    next_delay_ = std::min(settings_.delay, settings_.max_delay);
  while (!recent_.empty() && now - recent_.front() > settings_.window)
    recent_.pop_front();
  if (recent_.size() >= settings_.limit)
    return std::nullopt;
  recent_.push_back(now);
  ++count_;
  auto result = lengthened(next_delay_);
  // Twice what is beyond half of the maximum might not fit.
  next_delay_ = next_delay_ > settings_.max_delay / 2 ? settings_.max_delay
                                                      : 2 * next_delay_;
  return result;
}

void restart_schedule::begin_anew() noexcept {
  next_delay_ = std::min(settings_.delay, settings_.max_delay);
  recent_.clear();
}

caf::timespan restart_schedule::lengthened(caf::timespan delay) const noexcept {
  // A step of splitmix64: neighbours in, nothing in common out.
  auto x = seed_ + count_ * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  auto share = static_cast<int64_t>((x ^ (x >> 31)) % 1001);
  auto room = settings_.max_delay - delay;
  return delay + std::min<caf::timespan>(delay / 10'000 * share, room);
}

} // namespace rr
