// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace rr::simulation {

/// What holds after every step of every robot.
namespace promise {

inline constexpr auto no_start_in_stop
  = "no child is started once a stop has begun";
inline constexpr auto one_child = "of a process there is one child at most";
inline constexpr auto order_of_start
  = "a child starts after those that it comes after";
inline constexpr auto stopped_for_good
  = "what an operator has stopped starts by an order alone";
inline constexpr auto disabled_first
  = "the robot is disabled before the first signal of an emergency";
inline constexpr auto stays_disabled
  = "there is no way from latched to enabled but a reset";
inline constexpr auto latched
  = "an emergency stop is latched, and told to be, before the robot has ended";
inline constexpr auto answered_once
  = "every call and every order ends exactly once";
inline constexpr auto root_last = "the root is the last to end";
inline constexpr auto children_first
  = "children end before anything else is stopped";
inline constexpr auto nobody_left = "no child outlives the robot";
inline constexpr auto nobody_accused
  = "nobody is left behind that does not hang";
inline constexpr auto bounded_mailbox = "no mailbox grows without bound";
inline constexpr auto bounded_timers = "timers do not pile up";
inline constexpr auto bounded_end = "the end comes in bounded time";
inline constexpr auto emergency_told
  = "an emergency is told by the exit code, and nothing else is told as one";
inline constexpr auto emergency_pulled
  = "whatever raises an emergency pulls the cord";
inline constexpr auto emergency_meant
  = "a child pulls the cord only where its end is to stop the robot so";
inline constexpr auto told_once
  = "who ends is told to once, and once more in an emergency";
inline constexpr auto released
  = "the end of an actor is the end of what it owns";
inline constexpr auto no_limping = "an actor that cannot go on ends";
inline constexpr auto last_words
  = "the last words are said once, or once more to be true";
inline constexpr auto recorded
  = "the end of the robot is recorded as often as it is told";
inline constexpr auto unhandled = "no actor is told what it does not know";

} // namespace promise

/// What was not kept.
struct breach {
  std::string promise;
  std::string detail;
};

/// Keeps the first breach.
class witness {
public:
  void accuse(const char* promise, std::string detail) {
    if (!first_)
      first_ = breach{promise, std::move(detail)};
  }

  const std::optional<breach>& first() const noexcept {
    return first_;
  }

private:
  std::optional<breach> first_;
};

} // namespace rr::simulation
