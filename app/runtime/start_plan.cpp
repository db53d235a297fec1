// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/start_plan.hpp"

#include <algorithm>
#include <utility>

namespace rr {

namespace {

bool moves(process_state state) noexcept {
  switch (state) {
    case process_state::starting:
    case process_state::restarting:
    case process_state::terminating:
    case process_state::killing:
      return true;
    default:
      return false;
  }
}

} // namespace

start_plan::start_plan(const std::vector<process_settings>& processes) {
  for (const auto& process : processes) {
    auto& added = entries_.emplace_back();
    added.name = process.name;
    added.startup.after = process.after;
  }
  for (size_t i = 0; i < processes.size(); ++i)
    for (const auto& before : processes[i].after)
      if (auto found = find(before))
        entries_[i].predecessors.push_back(
          static_cast<size_t>(found - entries_.data()));
}

std::vector<size_t> start_plan::take_due() {
  std::vector<size_t> result;
  for (size_t i = 0; i < entries_.size(); ++i) {
    auto& each = entries_[i];
    auto followed = [this](size_t j) { return entries_[j].followed; };
    if (each.released || !std::ranges::all_of(each.predecessors, followed))
      continue;
    each.released = each.on_its_way = true;
    result.push_back(i);
  }
  return result;
}

void start_plan::note(const process_moved& step, caf::timespan now) {
  auto found = find(step.name);
  if (!found)
    return;
  found->released = true;
  found->followed = step.followed;
  found->on_its_way = moves(step.state);
  auto& times = found->startup;
  if (!times.began)
    times.began = now;
  if (step.followed && !times.ready)
    times.ready = now;
}

void start_plan::withdraw(const std::string& process) {
  if (auto found = find(process))
    found->released = true;
}

std::vector<std::string> start_plan::waits_for(size_t process) const {
  std::vector<std::string> result;
  if (!entries_[process].released)
    for (auto i : entries_[process].predecessors)
      if (!entries_[i].followed)
        result.push_back(entries_[i].name);
  return result;
}

bool start_plan::settled() const {
  std::vector<bool> coming;
  for (const auto& each : entries_)
    coming.push_back(each.on_its_way);
  // One that waits comes if all that it waits for do.
  for (auto changed = true; std::exchange(changed, false);)
    for (size_t i = 0; i < entries_.size(); ++i) {
      const auto& each = entries_[i];
      auto open = [&](size_t j) { return entries_[j].followed || coming[j]; };
      if (!each.released && !coming[i]
          && std::ranges::all_of(each.predecessors, open))
        coming[i] = changed = true;
    }
  return std::ranges::find(coming, true) == coming.end();
}

start_plan::entry* start_plan::find(const std::string& name) {
  auto found = std::ranges::find(entries_, name, &entry::name);
  return found == entries_.end() ? nullptr : &*found;
}

} // namespace rr
