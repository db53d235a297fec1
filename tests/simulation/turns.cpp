// SPDX-License-Identifier: BSD-3-Clause
// Whose turn may be next in a simulated robot.
#include <algorithm>

#include <caf/scheduled_actor.hpp>

#include "tests/simulation/simulated_robot.hpp"

namespace rr::simulation {

// -- whose turn it is ---------------------------------------------------------

caf::scheduled_actor* simulated_robot::job(size_t place) const {
  return dynamic_cast<caf::scheduled_actor*>(sched_.jobs[place]);
}

std::optional<size_t> simulated_robot::place_of(uint16_t actor) const {
  for (size_t i = 0; i < sched_.jobs.size(); ++i)
    if (job(i)->id() == actor)
      return i;
  return std::nullopt;
}

bool simulated_robot::is_runnable(size_t place) const {
  return !hung_.contains(static_cast<uint16_t>(job(place)->id()));
}

bool simulated_robot::any_runnable() const {
  for (size_t i = 0; i < sched_.jobs.size(); ++i)
    if (is_runnable(i))
      return true;
  return false;
}

bool simulated_robot::anything_hangs() const {
  return !hung_.empty() || children_.any_stuck();
}

simulated_robot::time_point simulated_robot::own_deadline() const {
  auto now = sched_.clock().now();
  auto result = std::min(children_.deadline(), kill_at_);
  // What is left of the core then only hangs, and nothing is done with it.
  if (!root_ended_)
    result = std::min(result, core_.deadline());
  if (untold_pull_ || force_untold_)
    result = now;
  return result;
}

simulated_robot::time_point simulated_robot::next_due() const {
  const auto& timers = sched_.clock().schedule();
  auto result = own_deadline();
  if (!root_ended_)
    result = std::min(result, abandon_at_);
  return timers.empty() ? result : std::min(result, timers.begin()->first);
}

/// Actors have the processor for so long, and others have done what is due.
bool simulated_robot::may_pass() const {
  auto now = sched_.clock().now();
  auto next = next_due();
  if (next == time_point::max() || own_deadline() <= now)
    return false;
  return !any_runnable() || next <= quiet_since_ + world_.slack;
}

void simulated_robot::list(possible_steps& result) const {
  result.actors.clear();
  result.outside.clear();
  for (size_t i = 0; i < sched_.jobs.size(); ++i)
    if (is_runnable(i))
      result.actors.push_back(static_cast<uint16_t>(job(i)->id()));
  result.may_pass = may_pass();
  children_.add_choices(result.outside);
  if (untold_pull_)
    result.outside.push_back({{step_kind::tell_pull}, 30});
  if (unlatched_) {
    result.outside.push_back({{step_kind::write_latch}, 5});
    if (auto weight = world_.weight(step_kind::write_latch); weight > 0)
      result.outside.push_back({{step_kind::write_latch, 0, 1}, weight});
  }
  if (force_untold_)
    result.outside.push_back({{step_kind::kill_groups, 1}, 30});
  if (kill_at_ <= sched_.clock().now())
    result.outside.push_back({{step_kind::kill_groups}, 30});
  calls_.add_choices(result.outside);
  if (root_ended_)
    return;
  core_.add_choices(result.outside);
  operators_.add_choices(result.outside);
  auto add = [&](choice what) {
    if (auto weight = world_.weight(what.kind); weight > 0)
      result.outside.push_back({what, weight});
  };
  add({step_kind::ask_health});
  add({step_kind::ask_health, 1});
  add({step_kind::exit_message});
  add({step_kind::exit_message, 1});
  add({step_kind::signal});
  if (!cord_.pulled())
    for (uint16_t i = 0; i < static_cast<uint16_t>(cord_puller::count); ++i)
      add({step_kind::pull, i});
  if (!result.actors.empty())
    add({step_kind::hang, result.actors.back()});
}

} // namespace rr::simulation
