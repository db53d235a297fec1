// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rr {

/// What the robot does, from the least to the gravest: of several causes the
/// gravest action wins.
enum class failsafe_action : uint8_t {
  /// Nothing.
  none,
  /// It is told, and the robot goes on.
  warn,
  /// Gamepads are neutral, and the robot goes on.
  neutral,
  /// An orderly stop.
  stop,
  /// The stop cord.
  emergency_stop,
};

const char* to_string(failsafe_action what) noexcept;

/// Why a robot does not go on as before. Whoever sees one says which action it
/// has, within the bounds of its row in `failsafe_table`.
enum class failsafe_cause : uint8_t {
  /// An emergency stop of an earlier run that nobody has reset.
  earlier_stop,
  /// `emergency_stop` of the broker, which the command calls, too.
  emergency_order,
  /// A child's emergency-stop code.
  child_code,
  /// A child that has failed for good: its `on-failure` says what to do.
  child_failed,
  /// A child that has missed its watchdog, and has failed for good by that.
  watchdog_missed,
  /// The driver, or one of its gamepads: `control.on-timeout`.
  driver_silent,
  /// An actor that has quit with `ec::emergency_stop`.
  actor_emergency,
  /// An actor that the runtime cannot do without.
  core_actor_ended,
  /// An actor that does not end in its time, or does not answer.
  core_actor_hangs,
  /// A child that has ended well: its `on-success` says what to do.
  child_finished,
  /// A signal, or `stop_robot` of the broker.
  stop_order,
  /// A second signal.
  forced_end,
};

inline constexpr size_t failsafe_cause_count = 12;

/// When an action that a cause has had is over.
enum class failsafe_clearing : uint8_t {
  /// As soon as its cause has gone.
  with_cause,
  /// With the run: what has begun to stop stops, and may start again.
  with_run,
  /// When a person has reset it.
  by_reset,
};

/// How a run ends, from the best to the gravest.
enum class run_outcome : uint8_t {
  /// Exit code 0.
  well,
  /// Exit code 1.
  failed,
  /// The emergency stop's exit code.
  emergency,
  /// It has not begun: exit code 3.
  refused,
};

/// A row of the table of causes.
struct failsafe_rule {
  /// For people: `a child's emergency-stop code`.
  const char* name;
  /// What it may have the robot do; an action beyond is taken for the nearest.
  failsafe_action least;
  failsafe_action most;
  /// The end of a run that it stops in order.
  run_outcome end;
};

/// By `failsafe_cause`.
const std::array<failsafe_rule, failsafe_cause_count>&
failsafe_table() noexcept;

/// What clears an action of a cause: below a stop the end of the cause, a stop
/// the end of the run, an emergency stop a person where it is latched.
/// @param latched `emergency-stop.latch`; a stop of an earlier run holds in any
///                case.
failsafe_clearing clearing_of(failsafe_cause cause, failsafe_action action,
                              bool latched) noexcept;

/// The action of every cause at an instant, `none` for those that are not
/// there; by `failsafe_cause`.
using failsafe_causes = std::array<failsafe_action, failsafe_cause_count>;

/// What has happened to a robot so far. A value: the next one is made of it.
struct failsafe_state {
  using time_point = std::chrono::nanoseconds;

  struct held_cause {
    failsafe_action action = failsafe_action::none;
    /// Since when it is this action.
    time_point since{0};
    friend bool operator==(const held_cause&, const held_cause&) = default;
  };

  /// By `failsafe_cause`.
  std::array<held_cause, failsafe_cause_count> causes{};
  friend bool operator==(const failsafe_state&, const failsafe_state&)
    = default;
};

/// What the robot does, and for which cause.
struct failsafe_verdict {
  failsafe_action action = failsafe_action::none;
  /// Of those of the gravest action the first; means nothing for `none`.
  failsafe_cause cause{};
  failsafe_state::time_point since{0};
  /// How the run ends, if it ends now.
  run_outcome end = run_outcome::well;
  friend bool operator==(const failsafe_verdict&, const failsafe_verdict&)
    = default;
};

/// The state that follows: each cause has its action now, or the one that it
/// has had where that is graver and has not cleared. Of nothing but what it is
/// given: it reads no clock.
/// @param time of any clock that does not go back.
/// @param reset whether a person resets what a reset clears. What has its cause
///              still, or again, stays.
failsafe_state next_failsafe(failsafe_state::time_point time,
                             const failsafe_state& state,
                             const failsafe_causes& now, bool latched = true,
                             bool reset = false) noexcept;

/// The gravest that holds. An emergency stop of this run ends it with its exit
/// code; one of an earlier run lets none begin; whatever else stops it, in
/// order, with the worst end of all that have.
/// @relates failsafe_state
failsafe_verdict verdict_of(const failsafe_state& state) noexcept;

} // namespace rr
