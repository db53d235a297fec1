// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridges/system/state_directory.hpp"
#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

constexpr auto ends_file = "ends.jsonl";
constexpr auto runs_file = "runs.jsonl";
constexpr auto stops_file = "stops.json";

/// Of the kernel that runs now; empty when it does not say.
std::string read_boot_id();

/// What this process writes down of itself when its run begins now.
run_start describe_this_run(std::string version, std::string config_file);

/// Whether the runtime of a run without an end still runs.
bool still_runs(const run_start& run, const std::string& boot_id);

/// Gives each run its end that has left none and runs no longer.
/// @param last_sign when the last of them is known to have lived.
/// @returns those that have been given one, the oldest first.
std::vector<run_record> end_lost_runs(std::vector<run_record>& runs,
                                      caf::timestamp last_sign,
                                      const std::vector<process_end>& ends);

/// What is known of all runs, as it can be read at any time, also while a
/// runtime writes it.
struct run_history {
  /// The oldest first. One without an end runs now.
  std::vector<run_record> runs;
  /// Whether an emergency stop is latched; one that cannot be read is.
  bool latched = false;
  /// Why, and since when; empty and none when that cannot be read.
  std::string latch_cause;
  std::optional<caf::timestamp> latched_at;
};

/// Reads it without changing anything.
/// @returns an error when a file cannot be read.
caf::expected<run_history> read_history(const state_directory& from);

} // namespace rr
