// SPDX-License-Identifier: BSD-3-Clause
#include "messages/process/failsafe.hpp"

#include <algorithm>

namespace rr {

namespace {

using enum failsafe_action;

constexpr std::array<failsafe_rule, failsafe_cause_count> table{{
  {"an emergency stop of an earlier run", emergency_stop, emergency_stop,
   run_outcome::refused},
  {"an order to stop in an emergency", emergency_stop, emergency_stop,
   run_outcome::emergency},
  {"a child's emergency-stop code", emergency_stop, emergency_stop,
   run_outcome::emergency},
  {"a child that has failed for good", warn, emergency_stop,
   run_outcome::failed},
  {"a missed watchdog", warn, emergency_stop, run_outcome::failed},
  {"silence of the driver", warn, emergency_stop, run_outcome::failed},
  {"an actor's emergency stop", emergency_stop, emergency_stop,
   run_outcome::emergency},
  {"the end of a core actor", stop, emergency_stop, run_outcome::failed},
  {"an actor that hangs", warn, emergency_stop, run_outcome::failed},
  {"a child that has ended well", warn, stop, run_outcome::well},
  {"an order to stop", stop, stop, run_outcome::well},
  {"a stop that was forced", stop, stop, run_outcome::failed},
}};

constexpr size_t index_of(failsafe_cause cause) noexcept {
  return static_cast<size_t>(cause);
}

/// What the cause's row makes of the action that somebody says it has.
failsafe_action bounded(failsafe_cause cause, failsafe_action action) noexcept {
  const auto& rule = table[index_of(cause)];
  return action == none ? none : std::clamp(action, rule.least, rule.most);
}

} // namespace

const char* to_string(failsafe_action what) noexcept {
  switch (what) {
    case none:
      return "none";
    case warn:
      return "warn";
    case neutral:
      return "neutral";
    case stop:
      return "stop";
    case emergency_stop:
      return "emergency-stop";
  }
  return "unknown";
}

const std::array<failsafe_rule, failsafe_cause_count>&
failsafe_table() noexcept {
  return table;
}

failsafe_clearing clearing_of(failsafe_cause cause, failsafe_action action,
                              bool latched) noexcept {
  if (action < stop)
    return failsafe_clearing::with_cause;
  if (action == emergency_stop
      && (latched || cause == failsafe_cause::earlier_stop))
    return failsafe_clearing::by_reset;
  return failsafe_clearing::with_run;
}

failsafe_state
next_failsafe(failsafe_state::time_point time, const failsafe_state& state,
              const failsafe_causes& now, bool latched, bool reset) noexcept {
  failsafe_state result;
  for (size_t i = 0; i < failsafe_cause_count; ++i) {
    auto cause = static_cast<failsafe_cause>(i);
    const auto& before = state.causes[i];
    auto clearing = clearing_of(cause, before.action, latched);
    auto cleared = clearing == failsafe_clearing::with_cause
                   || (reset && clearing == failsafe_clearing::by_reset);
    auto action = bounded(cause, now[i]);
    if (!cleared)
      action = std::max(action, before.action);
    result.causes[i] = {action, action == before.action ? before.since : time};
  }
  return result;
}

failsafe_verdict verdict_of(const failsafe_state& state) noexcept {
  failsafe_verdict result;
  for (size_t i = 0; i < failsafe_cause_count; ++i) {
    const auto& held = state.causes[i];
    auto is_first = held.action == result.action && held.since < result.since;
    if (held.action > result.action || (held.action != none && is_first)) {
      result.action = held.action;
      result.cause = static_cast<failsafe_cause>(i);
      result.since = held.since;
    }
    if (held.action == stop)
      result.end = std::max(result.end, table[i].end);
    else if (held.action == emergency_stop)
      result.end = std::max(result.end,
                            std::max(table[i].end, run_outcome::emergency));
  }
  return result;
}

} // namespace rr
