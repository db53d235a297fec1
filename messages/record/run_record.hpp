// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/timestamp.hpp>

#include "messages/json.hpp"

namespace rr {

/// How many runs of the runtime are kept.
constexpr size_t kept_runs = 16;

/// The most causes of an end.
constexpr size_t max_causes = 10;

/// What is written down when a run of the runtime begins.
struct run_start {
  caf::timestamp time{};
  int32_t pid = 0;
  /// Of the runtime's process, in ticks since boot: tells it from a later one
  /// with the same number.
  uint64_t ticks = 0;
  std::string version;
  /// Of the kernel: another after every boot.
  std::string boot_id;
  /// Empty without one.
  std::string config_file;
  friend bool operator==(const run_start&, const run_start&) = default;
};

/// One step of what led to an end.
struct run_cause {
  caf::timestamp time{};
  std::string what;
  /// Empty when no process has to do with it.
  std::string process;
  caf::optional<int32_t> exit_code;
  std::vector<std::string> last_lines;
  friend bool operator==(const run_cause&, const run_cause&) = default;
};

/// How a run of the runtime has ended.
struct run_end {
  /// Of one that nobody has written down: after which time it was.
  caf::timestamp time{};
  /// None when nobody knows.
  caf::optional<int32_t> exit_code;
  std::string reason;
  /// Whether the runtime itself has written it down.
  bool in_order = true;
  /// The first one first; at most `max_causes`.
  std::vector<run_cause> causes;
  friend bool operator==(const run_end&, const run_end&) = default;
};

struct run_record {
  run_start start;
  /// None while it runs, and when it has left none.
  std::optional<run_end> end;
  friend bool operator==(const run_record&, const run_record&) = default;
};

/// Fact: the robot has stopped, and the runtime is about to end.
struct robot_stopped {
  /// When the stop began, and when nothing of the robot was left.
  caf::timestamp begun{};
  caf::timestamp ended{};
  int32_t exit_code = 0;
  std::string reason;
  /// The process that it was stopped for; empty for none.
  std::string process;
  /// From the detection of an emergency to the last signal, in microseconds;
  /// none for a stop in order.
  caf::optional<int64_t> signal_latency_us;
  friend bool operator==(const robot_stopped&, const robot_stopped&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, robot_stopped& x) {
  return f(caf::meta::type_name("robot_stopped"), x.begun, x.ended, x.exit_code,
           x.reason, x.process, x.signal_latency_us);
}

/// The line of `runs.jsonl` at a run's start.
json as_json(const run_start& start);

/// The line at its end, section 1 of the contract (`explain`): `ended`,
/// `exit_code`, `reason`, `causes`, and with them `in_order`, and `started` and
/// `pid` of the run.
json end_as_json(const run_record& run);

/// The runs of a file, the oldest first: what is none is left out.
/// @param whole set to whether nothing had to be left out.
std::vector<run_record> read_runs(std::string_view text, bool& whole);

/// That line, of a run that has ended, as text: without what its processes have
/// written, where it would be too long.
std::string end_line(const run_record& run);

/// The whole text of a file with these runs.
std::string runs_text(const std::vector<run_record>& runs);

} // namespace rr
