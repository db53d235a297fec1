// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/start_plan.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "app/runtime/start_order.hpp"

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

std::map<std::string_view, const process_settings*>
by_name(const std::vector<process_settings>& all) {
  std::map<std::string_view, const process_settings*> result;
  for (const auto& each : all)
    result.emplace(each.name, &each);
  return result;
}

} // namespace

process_changes changed(const std::vector<process_settings>& old,
                        const std::vector<process_settings>& now) {
  process_changes result;
  auto old_ones = by_name(old);
  auto new_ones = by_name(now);
  for (const auto& each : old)
    if (!new_ones.contains(each.name))
      result.stopped.push_back(each.name);
  for (const auto& each : now)
    if (auto before = old_ones.find(each.name); before == old_ones.end())
      result.started.push_back(each.name);
    else if (*before->second != each)
      result.restarted.push_back(each.name);
  return result;
}

bool lets_go(const process_changes& changes, const std::string& process) {
  auto has = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, process) != names.end();
  };
  return has(changes.stopped) || has(changes.restarted);
}

std::vector<std::vector<std::string>>
let_go(const std::vector<process_settings>& old,
       const process_changes& changes) {
  std::vector<std::vector<std::string>> result;
  for (const auto& group : start_order(old)) {
    std::vector<std::string> names;
    for (auto i : group)
      if (lets_go(changes, old[i].name))
        names.push_back(old[i].name);
    if (!names.empty())
      result.push_back(std::move(names));
  }
  return result;
}

start_plan::start_plan(const std::vector<process_settings>& processes) {
  for (const auto& process : processes) {
    places_.emplace(process.name, entries_.size());
    auto& added = entries_.emplace_back();
    added.name = process.name;
    added.startup.after = process.after;
  }
  waiting_ = entries_.size();
  for (size_t i = 0; i < processes.size(); ++i)
    for (const auto& before : processes[i].after)
      if (auto found = index_of(before))
        entries_[i].predecessors.push_back(*found);
}

start_plan
start_plan::followed_by(const std::vector<process_settings>& processes,
                        const process_changes& changes) const {
  start_plan result{processes};
  for (auto& each : result.entries_) {
    auto before = index_of(each.name);
    each.is_new = !before || lets_go(changes, each.name);
    if (each.is_new)
      continue;
    auto predecessors = std::move(each.predecessors);
    each = entries_[*before];
    each.predecessors = std::move(predecessors);
    if (each.released)
      --result.waiting_;
  }
  return result;
}

std::vector<size_t> start_plan::take_due() {
  std::vector<size_t> result;
  for (size_t i = 0; i < entries_.size() && waiting_ > 0; ++i) {
    auto& each = entries_[i];
    if (each.released || !is_due(each))
      continue;
    release(each);
    each.on_its_way = true;
    result.push_back(i);
  }
  return result;
}

void start_plan::note(const process_moved& step, caf::timespan now) {
  auto found = find(step.name);
  if (!found)
    return;
  release(*found);
  found->followed = step.followed;
  found->on_its_way = moves(step.state);
  if (step.followed || step.state != process_state::starting)
    found->is_new = false;
  auto& times = found->startup;
  if (!times.began)
    times.began = now;
  if (step.followed && !times.ready)
    times.ready = now;
}

void start_plan::withdraw(const std::string& process) {
  auto found = find(process);
  if (!found)
    return;
  release(*found);
  if (!found->on_its_way)
    found->is_new = false;
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
  return !any_comes(false);
}

bool start_plan::changes_made() const {
  return !any_comes(true);
}

std::optional<size_t> start_plan::index_of(const std::string& process) const {
  auto found = places_.find(process);
  if (found == places_.end())
    return std::nullopt;
  return found->second;
}

void start_plan::release(entry& x) {
  if (!std::exchange(x.released, true))
    --waiting_;
}

/// Whether any is on its way, or would be had the runtime looked.
bool start_plan::any_comes(bool of_the_new) const {
  return std::ranges::any_of(entries_, [&](const entry& x) {
    return (x.is_new || !of_the_new)
           && (x.on_its_way || (!x.released && is_due(x)));
  });
}

/// Whether all that it waits for are ready.
bool start_plan::is_due(const entry& x) const {
  return std::ranges::all_of(x.predecessors,
                             [this](size_t i) { return entries_[i].followed; });
}

start_plan::entry* start_plan::find(const std::string& name) {
  auto found = index_of(name);
  return found ? &entries_[*found] : nullptr;
}

} // namespace rr
