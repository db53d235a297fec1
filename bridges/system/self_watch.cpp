// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/self_watch.hpp"

#include <algorithm>
#include <utility>

namespace rr {

self_watch::self_watch(const self_watch_settings& settings, time now)
  : settings_(settings),
    last_(now),
    planned_(now) {
}

void self_watch::add(heartbeat_witness witness) {
  witnesses_.push_back({.witness = std::move(witness)});
}

self_watch::time
self_watch::interval_of(const heartbeat_witness& witness) const noexcept {
  auto bound = witness.bound;
  return bound > time{0} ? std::min(bound / 2, settings_.ask_interval)
                         : settings_.ask_interval;
}

self_watch_view self_watch::look(time now, std::vector<lateness>& changes) {
  self_watch_view result;
  if (auto gap = now - std::exchange(last_, now); gap > settings_.patience)
    result.stood_still = gap;
  auto overrun = std::max(now - planned_, time{0});
  planned_ = now;
  for (auto& each : witnesses_) {
    if (each.witness.answered() >= each.question) {
      if (std::exchange(each.is_late, false))
        changes.push_back({each.witness.name, false, now - each.asked_at});
      if (each.question == 0
          || now - each.asked_at >= interval_of(each.witness)) {
        each.asked_at = now;
        each.witness.ask(++each.question);
        result.is_owed = true;
      }
      continue;
    }
    result.is_owed = true;
    if (!each.is_late)
      each.asked_at += overrun;
    auto waited = now - each.asked_at;
    auto bound = each.witness.bound;
    result.is_well = result.is_well && (bound == time{0} || waited <= bound);
    if (waited <= settings_.late_after)
      continue;
    result.all_in_time = false;
    if (!std::exchange(each.is_late, true))
      changes.push_back({each.witness.name, true, waited});
  }
  return result;
}

} // namespace rr
