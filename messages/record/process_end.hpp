// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include "messages/json.hpp"
#include "messages/process/process.hpp"

namespace rr {

/// How many ends of each process are kept.
constexpr size_t kept_ends = 16;

/// How many lines of its output are kept with an end, and how much of each.
constexpr size_t kept_lines = 20;
constexpr size_t kept_line_bytes = 400;

/// Fact, and what is kept of it: a child has ended, or could not be started.
struct process_end {
  std::string process;
  /// 0 of one that could not be started.
  int32_t pid = 0;
  caf::timestamp time{};
  /// From the first instruction of its program on.
  caf::timespan ran{0};
  /// As in `process_exited`; none of one that could not be started.
  caf::optional<int32_t> exit_code;
  bool core_dumped = false;
  /// Whether it counts as a failure: also of one that was ended for its
  /// silence, whatever its exit code.
  bool failed = false;
  ended_by cause = ended_by::itself;
  /// Processor time, with that of all that it has waited for.
  caf::timespan cpu{0};
  /// See `process_exited`.
  uint64_t max_resident_kib = 0;
  /// For people.
  std::string reason;
  /// Which start of this run it was, from 1.
  uint64_t start = 1;
  /// Whether it is to be started again.
  bool restarted = false;
  /// What the robot does.
  robot_reaction reaction = robot_reaction::ignore;
  /// Why it is not started again, though its policy says so: `5 restarts
  /// within 30s`. Empty of one that was not given up.
  std::string given_up;
  /// The last lines of its output: at most `kept_lines` of at most
  /// `kept_line_bytes` each. Filled in by whoever writes it down.
  std::vector<std::string> last_lines;

  friend bool operator==(const process_end&, const process_end&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_end& x) {
  return f(caf::meta::type_name("process_end"), x.process, x.pid, x.time, x.ran,
           x.exit_code, x.core_dumped, x.failed, x.cause, x.cpu,
           x.max_resident_kib, x.reason, x.start, x.restarted, x.reaction,
           x.given_up, x.last_lines);
}

/// An object of `ends.jsonl`. Times are UTC, spans are seconds.
/// @relates process_end
json as_json(const process_end& end);

/// @returns none for what is no such object.
/// @relates process_end
std::optional<process_end> process_end_of(const json& object);

/// The ends of a file in its order; what is none, such as a last line that a
/// power failure has torn, is left out.
/// @param whole set to whether nothing had to be left out.
/// @relates process_end
std::vector<process_end> read_ends(std::string_view text, bool& whole);

/// Leaves the last `kept_ends` of each process, in their order.
/// @relates process_end
void forget_old_ends(std::vector<process_end>& ends);

/// `process motor exited with code 3`, `process motor: watchdog missed`.
/// @relates process_end
std::string what_happened(const process_end& end);

} // namespace rr
