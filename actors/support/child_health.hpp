// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <caf/actor_clock.hpp>
#include <caf/timespan.hpp>

#include "bridges/process/child_process.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// When a child is ready, when it is probed, and when it has to be ended
/// because it does not do what it should. It knows no clock: whoever asks says
/// what time it is. From the moment on in which the child's program executes:
///
///                 says so, or its probe succeeds, in time
///     [starting] ----------------------------------------> [ready]
///          |                                                |   |
///          | not in time      silent, or its probe fails    |   |
///          v                  too often                     |   |
///        (fail) <-------------------------------------------+   |
///          ^                                                    |
///          | not in time              says that it stops        |
///          +----------- [stopping] <----------------------------+
///
/// - Its own word that it is about to be ready, `EXTEND_TIMEOUT_USEC`, gives it
///   more time to become so, as often as it says it; not to stop.
/// - A child that says that it stops is not ready any more; it has neither to
///   feed its watchdog nor to answer its probe, and its terminate-timeout to
///   end.
/// - Heartbeats count from readiness on. `WATCHDOG_USEC` sets another time, and
///   cannot set none.
/// - Probes before readiness are made for a child that is ready by its probe,
///   the first at once; their failures end nothing. Of others the first probe
///   comes an interval after they have become ready.
/// - A look that comes too late says nothing of the child: the runtime, or the
///   whole machine, stood still. Then it gets its whole time anew, three times
///   without a sign of life at most.
class child_health {
public:
  using time_point = caf::actor_clock::time_point;

  /// What is to be done.
  enum class demand : uint8_t {
    nothing,
    /// It has become ready; tell it.
    tell_ready,
    /// Start its probe, and say so by `probe_ended`.
    start_probe,
    /// Kill its probe, which has had its time.
    kill_probe,
    /// End it for `failure()`. Nothing more comes of it until `begin`.
    fail,
  };

  child_health() = default;
  explicit child_health(const process_settings& settings);

  /// Its program executes.
  void begin(time_point now);

  /// It has ended, or is being ended: nothing is demanded of it any more.
  void end() noexcept {
    active_ = false;
  }

  void hear(const child_news& news, time_point now);

  /// @param well whether the probe ended with code 0; one that was to be killed
  ///        for its time has failed in any case.
  /// @returns whether it counts as a success.
  bool probe_ended(bool well, time_point now);

  /// What is to be done now; to be asked until that is nothing.
  /// @param probe_free whether the last probe has ended, of whichever start.
  demand next(time_point now, bool probe_free);

  /// When to ask again at the latest; the end of time for never.
  time_point look_at(bool probe_free) const;

  bool ready() const noexcept {
    return ready_ && !stopping_;
  }

  /// Whether it has ever been ready since `begin`.
  bool has_been_ready() const noexcept {
    return ready_;
  }

  /// Failures of its probe in a row.
  uint32_t probe_failures() const noexcept {
    return probe_failures_;
  }

  /// Whether its probe has failed as often as it may.
  bool probe_exhausted() const noexcept {
    return ready() && probe_failures_ >= probe_.limit;
  }

  // -- of a failure -----------------------------------------------------------

  /// Why: `not ready in time`, `watchdog missed`, `probe failed 3 times`,
  /// `did not stop in time`.
  const std::string& failure() const noexcept {
    return failure_;
  }

  /// Whether it was the watchdog's, and by how much the heartbeat is late.
  bool watchdog_missed() const noexcept {
    return watchdog_missed_;
  }

  caf::timespan late() const noexcept {
    return late_;
  }

private:
  bool has_passed(time_point& deadline, caf::timespan whole, time_point now);
  demand fail(std::string why);
  demand look_at_child(time_point now);
  void become_ready(time_point now);
  bool watched() const noexcept;

  readiness_settings settings_;
  probe_settings probe_;
  caf::timespan stop_timeout_{0};
  bool active_ = false;
  bool ready_ = false;
  bool stopping_ = false;
  bool triggered_ = false;
  /// To be told next.
  bool ready_wanted_ = false;
  caf::timespan watchdog_{0};
  uint32_t watchdog_changes_ = 0;
  time_point ready_by_;
  /// The last one, or when it became ready.
  time_point heartbeat_;
  time_point heartbeat_by_;
  time_point stop_by_;
  bool probing_ = false;
  bool probe_killed_ = false;
  time_point probe_at_ = time_point::max();
  time_point probe_by_;
  uint32_t probe_failures_ = 0;
  /// How often it got its time anew without a sign of life.
  uint32_t graces_ = 0;
  std::string failure_;
  bool watchdog_missed_ = false;
  caf::timespan late_{0};
};

} // namespace rr
