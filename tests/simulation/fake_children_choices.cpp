// SPDX-License-Identifier: BSD-3-Clause
// What may become of children next.
#include <algorithm>

#include "tests/simulation/fake_children.hpp"

namespace rr::simulation {

// -- what may happen ----------------------------------------------------------

void fake_children::add_choices(std::vector<weighted_choice>& result) const {
  const auto& world = robot_.world;
  auto add = [&](step_kind kind, const entry& x, uint16_t detail,
                 uint32_t weight) {
    if (weight > 0)
      result.push_back({{kind, x.id, detail}, weight});
  };
  for (const auto& each : entries_) {
    const auto& x = *each;
    switch (x.state) {
      case life::ordered:
        add(step_kind::launch, x, 0, 30);
        if (x.terminated || x.killed)
          add(step_kind::launch, x, 1, 5);
        else
          add(step_kind::fail_start, x, 0, world.weight(step_kind::fail_start));
        break;
      case life::ended:
        add(step_kind::report_end, x, 0, 30);
        break;
      case life::running:
        if (x.stuck)
          break;
        add_ends(x, result);
        if (!x.is_probe)
          add(step_kind::stick, x, 0, world.weight(step_kind::stick));
        if (x.may_speak && !x.is_probe)
          for (uint16_t i = 0; i < static_cast<uint16_t>(child_word::count);
               ++i)
            add(step_kind::say, x, i,
                i < 2 ? 10 : world.weight(step_kind::say));
        break;
    }
  }
  if (auto weight = world.weight(step_kind::plant_exception);
      weight > 0 && !throws_)
    result.push_back({{step_kind::plant_exception}, weight});
}

void fake_children::add_ends(const entry& x,
                             std::vector<weighted_choice>& result) const {
  auto add = [&](way_to_end way, uint32_t weight, uint16_t more = 0) {
    if (weight > 0)
      result.push_back(
        {{step_kind::end_child, x.id,
          static_cast<uint16_t>(static_cast<uint16_t>(way) | more)},
         weight});
  };
  auto weight = robot_.world.weight(step_kind::end_child);
  auto unseen = static_cast<uint16_t>(way_to_end::unseen);
  if (x.killed || x.terminated) {
    add(way_to_end::told, ends_as_told(x) ? 30 : 0);
    add(way_to_end::badly, weight, unseen);
    add(way_to_end::well, weight, unseen);
    if (x.killed)
      return;
    add(way_to_end::well, x.stubborn ? 0 : 10);
    add(way_to_end::badly, weight);
    if (!x.is_probe)
      add(way_to_end::emergency, weight > 4 ? 1 : 0);
    return;
  }
  auto often = x.is_probe ? 30 : weight;
  add(way_to_end::well, often);
  add(way_to_end::badly, weight);
  add(way_to_end::crashed, weight);
  add(way_to_end::emergency, weight > 2 ? 1 : 0);
  if (!x.is_probe) {
    add(way_to_end::starved, weight > 4 ? 1 : 0);
    add(way_to_end::emergency_unnoticed, weight > 6 ? 1 : 0);
  }
}

std::optional<choice> fake_children::calm_step() const {
  for (const auto& each : entries_) {
    const auto& x = *each;
    if (x.state == life::ordered)
      return choice{step_kind::launch, x.id, 0};
    if (x.state == life::ended)
      return choice{step_kind::report_end, x.id, 0};
    if (x.stuck)
      continue;
    if (ends_as_told(x))
      return choice{step_kind::end_child, x.id,
                    static_cast<uint16_t>(way_to_end::told)};
    if (x.is_probe)
      return choice{step_kind::end_child, x.id, 0};
  }
  return std::nullopt;
}

fake_children::time_point fake_children::deadline() const {
  auto result = time_point::max();
  for (const auto& each : entries_)
    if (!each->stuck)
      result = std::min(result, each->due);
  return result;
}

bool fake_children::any_left() const {
  return std::ranges::any_of(entries_, [](auto& x) {
    return !x->is_probe && x->state == life::running && !x->killed;
  });
}

bool fake_children::any_here() const {
  return std::ranges::any_of(entries_, [](auto& x) {
    return !x->is_probe && x->state == life::running && !x->dropped;
  });
}

bool fake_children::has_any(const std::string& process) const {
  return std::ranges::any_of(entries_, [&](auto& x) {
    return !x->is_probe && x->name == process;
  });
}

bool fake_children::any_stuck() const {
  return std::ranges::any_of(entries_, [](auto& x) { return x->stuck; });
}

} // namespace rr::simulation
