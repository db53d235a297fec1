// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE failsafe

#include "messages/process/failsafe.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace failsafe_suite {
namespace {

using enum failsafe_action;

constexpr failsafe_action all_actions[] = {none, warn, neutral, stop,
                                           emergency_stop};

std::vector<failsafe_cause> all_causes() {
  std::vector<failsafe_cause> result;
  for (size_t i = 0; i < failsafe_cause_count; ++i)
    result.push_back(static_cast<failsafe_cause>(i));
  return result;
}

size_t index_of(failsafe_cause cause) {
  return static_cast<size_t>(cause);
}

const failsafe_rule& rule_of(failsafe_cause cause) {
  return failsafe_table()[index_of(cause)];
}

failsafe_causes only(failsafe_cause cause, failsafe_action action) {
  failsafe_causes result{};
  result[index_of(cause)] = action;
  return result;
}

/// A robot to which this has happened at the second.
failsafe_state after(failsafe_cause cause, failsafe_action action,
                     bool latched = true) {
  return next_failsafe(1s, {}, only(cause, action), latched);
}

failsafe_action within(failsafe_cause cause, failsafe_action action) {
  const auto& rule = rule_of(cause);
  return action == none ? none : std::clamp(action, rule.least, rule.most);
}

/// Every state that one cause leads to.
struct state_of_one {
  failsafe_cause cause;
  failsafe_action action;
  failsafe_state state;
};

std::vector<state_of_one> all_states(bool latched) {
  std::vector<state_of_one> result;
  for (auto cause : all_causes())
    for (auto action : all_actions)
      if (within(cause, action) == action)
        result.push_back({cause, action, after(cause, action, latched)});
  return result;
}

std::string text_of(failsafe_cause cause, failsafe_action action) {
  return std::string{rule_of(cause).name} + ": " + to_string(action);
}

/// What becomes of an action when its cause has gone, as the header says.
failsafe_action left_of(const state_of_one& x, bool latched, bool reset) {
  if (x.action < stop)
    return none;
  auto needs_reset = x.action == emergency_stop
                     && (latched || x.cause == failsafe_cause::earlier_stop);
  return needs_reset && reset ? none : x.action;
}

} // namespace

CAF_TEST(a robot to which nothing has happened goes on) {
  CAF_CHECK((verdict_of({}) == failsafe_verdict{}));
  CAF_CHECK((next_failsafe(5s, {}, {}).causes[0].action == none));
  CAF_CHECK((verdict_of(next_failsafe(5s, {}, {})).action == none));
}

CAF_TEST(every cause has each action within its row and none beyond) {
  for (auto cause : all_causes())
    for (auto action : all_actions) {
      CAF_MESSAGE(text_of(cause, action));
      auto verdict = verdict_of(after(cause, action));
      CAF_CHECK((verdict.action == within(cause, action)));
      if (verdict.action == none)
        continue;
      CAF_CHECK((verdict.cause == cause));
      CAF_CHECK((verdict.since == 1s));
    }
}

CAF_TEST(every row says how its stop ends the run) {
  for (auto cause : all_causes()) {
    const auto& rule = rule_of(cause);
    CAF_MESSAGE(rule.name);
    CAF_CHECK(std::string{rule.name}.size() > 5);
    CAF_CHECK((rule.least > none && rule.least <= rule.most));
    auto is_earlier = cause == failsafe_cause::earlier_stop;
    if (rule.most == emergency_stop)
      CAF_CHECK(
        (verdict_of(after(cause, emergency_stop)).end
         == (is_earlier ? run_outcome::refused : run_outcome::emergency)));
    if (rule.least <= stop && rule.most >= stop)
      CAF_CHECK((verdict_of(after(cause, stop)).end == rule.end));
    if (rule.least < stop)
      CAF_CHECK((verdict_of(after(cause, neutral)).end == run_outcome::well));
  }
}

CAF_TEST(in every state every cause is judged by the gravest) {
  for (auto latched : {true, false})
    for (const auto& before : all_states(latched))
      for (auto cause : all_causes())
        for (auto action : all_actions) {
          auto now = only(cause, action);
          // The first one goes on.
          now[index_of(before.cause)] = std::max(now[index_of(before.cause)],
                                                 before.action);
          auto next = next_failsafe(2s, before.state, now, latched);
          auto verdict = verdict_of(next);
          auto gravest = std::max(before.action, within(cause, action));
          if (before.cause == cause)
            gravest = std::max(before.action, within(cause, action));
          auto text = text_of(before.cause, before.action) + ", then "
                      + text_of(cause, action);
          if (verdict.action != gravest)
            CAF_ERROR(text << ": " << to_string(verdict.action));
          // Of two that are as grave the first stands.
          auto first = before.action == gravest && gravest != none;
          if (first && (verdict.cause != before.cause || verdict.since != 1s))
            CAF_ERROR(text << ": the first does not stand");
          if (gravest != none && !first
              && (verdict.cause != cause || verdict.since != 2s))
            CAF_ERROR(text << ": the graver does not count");
        }
  CAF_CHECK(true);
}

CAF_TEST(in every state the end of the cause clears what it may and no more) {
  for (auto latched : {true, false})
    for (auto reset : {false, true})
      for (const auto& before : all_states(latched)) {
        auto next = next_failsafe(3s, before.state, {}, latched, reset);
        auto left = left_of(before, latched, reset);
        auto found = verdict_of(next);
        if (found.action != left)
          CAF_ERROR(text_of(before.cause, before.action)
                    << (latched ? ", latched" : "") << (reset ? ", reset" : "")
                    << ": " << to_string(found.action));
        if (left != none && found.since != 1s)
          CAF_ERROR(text_of(before.cause, before.action) << ": began anew");
      }
  CAF_CHECK(true);
}

CAF_TEST(a reset clears nothing that still has its cause) {
  for (auto cause : all_causes()) {
    if (rule_of(cause).most != emergency_stop)
      continue;
    auto now = only(cause, emergency_stop);
    auto held = after(cause, emergency_stop);
    CAF_CHECK((next_failsafe(2s, held, now, true, true) == held));
    CAF_CHECK(
      (verdict_of(next_failsafe(2s, held, {}, true, true)).action == none));
  }
}

CAF_TEST(a stop of an earlier run holds although stops are not latched now) {
  auto held = after(failsafe_cause::earlier_stop, emergency_stop, false);
  CAF_CHECK((verdict_of(next_failsafe(2s, held, {}, false)).end
             == run_outcome::refused));
  CAF_CHECK((clearing_of(failsafe_cause::earlier_stop, emergency_stop, false)
             == failsafe_clearing::by_reset));
  CAF_CHECK((clearing_of(failsafe_cause::child_code, emergency_stop, false)
             == failsafe_clearing::with_run));
  CAF_CHECK((clearing_of(failsafe_cause::driver_silent, neutral, true)
             == failsafe_clearing::with_cause));
}

CAF_TEST(the worst end of all that stop a robot is its end) {
  auto state = after(failsafe_cause::stop_order, stop);
  CAF_CHECK((verdict_of(state).end == run_outcome::well));
  state = next_failsafe(2s, state,
                        only(failsafe_cause::core_actor_hangs, stop));
  auto verdict = verdict_of(state);
  CAF_CHECK((verdict.end == run_outcome::failed));
  CAF_CHECK((verdict.cause == failsafe_cause::stop_order));
  state = next_failsafe(3s, state,
                        only(failsafe_cause::child_code, emergency_stop));
  verdict = verdict_of(state);
  CAF_CHECK((verdict.end == run_outcome::emergency));
  CAF_CHECK((verdict.cause == failsafe_cause::child_code));
  CAF_CHECK((verdict.since == 3s));
}

CAF_TEST(a cause that becomes graver counts from then on) {
  auto state = after(failsafe_cause::driver_silent, neutral);
  state = next_failsafe(2s, state,
                        only(failsafe_cause::driver_silent, neutral));
  CAF_CHECK((verdict_of(state).since == 1s));
  state = next_failsafe(3s, state,
                        only(failsafe_cause::driver_silent, emergency_stop));
  CAF_CHECK((verdict_of(state).since == 3s));
  // A stop does not become lighter again.
  state = next_failsafe(4s, state,
                        only(failsafe_cause::driver_silent, neutral));
  CAF_CHECK((verdict_of(state).action == emergency_stop));
}

CAF_TEST(actions have the names of the configuration) {
  std::string all;
  for (auto action : all_actions)
    all += std::string{to_string(action)} + ' ';
  CAF_CHECK_EQUAL(all, "none warn neutral stop emergency-stop ");
}

} // namespace failsafe_suite
