// SPDX-License-Identifier: BSD-3-Clause

// The files of the state directory: the latch, its reset, and the records of
// ends, runs and stops. The disk may hold anything.

#include "messages/process/latch.hpp"
#include "messages/record/causes.hpp"
#include "messages/record/record_line.hpp"
#include "messages/record/stop_statistics.hpp"
#include "messages/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace rr;
using fuzz::require;

namespace {

void check_ends(std::string_view text) {
  auto whole = false;
  auto ends = read_ends(text, whole);
  std::string written;
  for (const auto& each : ends) {
    require(each.last_lines.size() <= kept_lines, "an end has few lines");
    require(is_utf8(what_happened(each)), "what happened is text");
    written += as_record_line(as_json(each));
  }
  // Times are written to the microsecond, and may be read finer.
  std::string again;
  for (const auto& each : read_ends(written, whole))
    again += as_record_line(as_json(each));
  require(again == written && whole, "ends are read as they were written");
  forget_old_ends(ends);
  for (const auto& each : ends) {
    robot_stopped stopped;
    stopped.begun = each.time;
    stopped.process = each.process;
    auto chain = causes_of(stopped, ends);
    require(!chain.empty() && chain.size() <= max_causes,
            "an end has a cause, and not too many");
  }
}

void check_runs(std::string_view text) {
  auto whole = false;
  auto runs = read_runs(text, whole);
  for (const auto& each : runs)
    require(!each.end || each.end->causes.size() <= max_causes,
            "a run has few causes");
  auto written = runs_text(runs);
  // Of two with the same start the later one gets the end.
  require(runs.size() > 1 || runs_text(read_runs(written, whole)) == written,
          "a run is read as it was written");
  for (const auto& each : runs)
    end_of_lost_run(each.start, each.start.time, "another boot", {});
}

void check_latch(std::string_view text) {
  if (auto latch = parse_latch(text)) {
    auto again = parse_latch(to_file(*latch));
    require(again && *again == *latch, "a latch is read as it was written");
  }
  if (auto reset = parse_reset(text)) {
    auto again = parse_reset(to_file(*reset));
    require(again && *again == *reset, "a reset is read as it was written");
  }
}

void check_stops(std::string_view text) {
  auto stops = read_stops(text);
  require(stops.last_signal_us.size() <= median_stops, "few stops are kept");
  require(read_stops(as_record_line(as_json(stops))) == stops,
          "stops are read as they were written");
  add_stop(stops, 100);
  require(median_signal_us(stops) && status_as_json(stops).is_object(),
          "a stop can be added");
}

} // namespace

FUZZ_TARGET(records) {
  auto text = fuzz::as_text(bytes);
  check_ends(text);
  check_runs(text);
  check_latch(text);
  check_stops(text);
}
