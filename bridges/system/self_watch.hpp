// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bridges/system/sign_of_life.hpp"

namespace rr {

struct self_watch_settings {
  /// A longer time between two looks means that this process stood still.
  std::chrono::nanoseconds patience{};
  /// An answer that takes longer is late, and told.
  std::chrono::nanoseconds late_after = std::chrono::milliseconds{200};
  /// Between two questions to a witness; one whose bound is less than twice as
  /// long is asked twice in it.
  std::chrono::nanoseconds ask_interval = std::chrono::milliseconds{500};
};

/// A witness has begun to be late, or has answered again.
struct lateness {
  std::string name;
  bool is_late = false;
  /// From the question to now.
  std::chrono::nanoseconds waited{};

  friend bool operator==(const lateness&, const lateness&) = default;
};

/// What a look at all witnesses has found.
struct self_watch_view {
  /// How long this process, or the machine, stood still before this look; zero
  /// where it did not.
  std::chrono::nanoseconds stood_still{};
  /// Whether those answer in their bounds whose silence ends the heartbeat.
  bool is_well = true;
  /// Whether nobody is late.
  bool all_in_time = true;
  /// Whether somebody has been asked who has not answered yet.
  bool is_owed = false;
};

/// Whether the parts of this process live, and whether it has stood still: it
/// was stopped, a debugger held it, or the machine slept. Neither I/O nor a
/// clock of its own: whoever calls says what time it is.
///
///                unanswered for `late_after`
///   [in time] ------------------------------> [late]  told
///       ^                                        |
///       +----------------------------------------+
///                 answered: told
///
/// What a look is later than was planned counts against nobody: the others were
/// not given the processor either, or all stood still.
class self_watch {
public:
  /// Since the machine was started, with the time that it slept.
  using time = std::chrono::nanoseconds;

  /// @param now when the watch begins.
  self_watch(const self_watch_settings& settings, time now);

  void add(heartbeat_witness witness);

  /// Asks who is to be asked, and sees who is late.
  /// @param changes gets who begins to be late, and who is no longer.
  self_watch_view look(time now, std::vector<lateness>& changes);

  /// When the next look is to be; now, unless told otherwise.
  void plan(time next) noexcept {
    planned_ = next;
  }

  /// What has been done since the last look took until now, and was no
  /// standing still.
  void went_on(time now) noexcept {
    last_ = now;
  }

private:
  struct asked_witness {
    heartbeat_witness witness;
    uint64_t question = 0;
    time asked_at{};
    bool is_late = false;
  };

  time interval_of(const heartbeat_witness& witness) const noexcept;

  self_watch_settings settings_;
  time last_;
  time planned_;
  std::vector<asked_witness> witnesses_;
};

} // namespace rr
