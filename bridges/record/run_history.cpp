// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/record/run_history.hpp"

#include <unistd.h>

#include <fstream>

#include "bridges/record/record_file.hpp"
#include "bridges/system/process_stat.hpp"
#include "messages/log/log_wire.hpp"
#include "messages/process/latch.hpp"
#include "messages/record/causes.hpp"

namespace rr {

namespace {

/// As exact as it is written down.
caf::timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(
    std::chrono::system_clock::now());
}

void read_latch(run_history& history, const std::string& text) {
  auto latch = parse_latch(text);
  if (!latch)
    return;
  auto time = parse_timestamp(latch->time);
  if (!time)
    return;
  history.latched_at = *time;
  history.latch_cause = latch->cause;
}

} // namespace

std::string read_boot_id() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string result;
  std::getline(file, result);
  return result;
}

run_start describe_this_run(std::string version, std::string config_file) {
  return {.time = now(),
          .pid = ::getpid(),
          .ticks = process_start_time(::getpid()).value_or(0),
          .version = std::move(version),
          .boot_id = read_boot_id(),
          .config_file = std::move(config_file)};
}

bool still_runs(const run_start& run, const std::string& boot_id) {
  return run.boot_id == boot_id && run.pid > 0
         && process_start_time(run.pid) == run.ticks;
}

std::vector<run_record> end_lost_runs(std::vector<run_record>& runs,
                                      caf::timestamp last_sign,
                                      const std::vector<process_end>& ends) {
  auto boot_id = read_boot_id();
  std::vector<run_record> result;
  for (size_t i = 0; i < runs.size(); ++i) {
    auto& run = runs[i];
    if (run.end || still_runs(run.start, boot_id))
      continue;
    auto is_last = i + 1 == runs.size();
    auto before = ends;
    if (!is_last)
      std::erase_if(before, [&](const process_end& x) {
        return x.time >= runs[i + 1].start.time;
      });
    run.end = end_of_lost_run(run.start, is_last ? last_sign : run.start.time,
                              boot_id, before);
    result.push_back(run);
  }
  return result;
}

caf::expected<run_history> read_history(const state_directory& from) {
  run_history result;
  auto latch = from.read(latch_file, max_latch_size);
  result.latched = !latch || latch->has_value();
  if (latch && *latch)
    read_latch(result, **latch);
  record_file runs{from, runs_file};
  // Before the text: a runtime that writes meanwhile lives.
  auto last_sign = from.written(runs_file).value_or(caf::timestamp{});
  auto text = runs.read();
  if (!text)
    return std::move(text.error());
  auto whole = false;
  result.runs = read_runs(*text, whole);
  // The runs are told without what their processes did, if need be.
  auto ends = record_file{from, ends_file}.read();
  end_lost_runs(result.runs, last_sign,
                ends ? read_ends(*ends, whole) : std::vector<process_end>{});
  return result;
}

} // namespace rr
