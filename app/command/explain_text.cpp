// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/explain_text.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "messages/record/record_line.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

using namespace std::chrono;

/// Of the last lines of a child; `--format=json` has all.
constexpr size_t shown_lines = 5;

std::string local_time(caf::timestamp time, const char* format) {
  auto seconds
    = system_clock::to_time_t(time_point_cast<system_clock::duration>(time));
  std::tm parts{};
  char text[64];
  if (!::localtime_r(&seconds, &parts)
      || std::strftime(text, sizeof(text), format, &parts) == 0)
    return "?";
  return text;
}

/// `40 s`, `3 min`, `5 h`, `12 days`.
std::string length(caf::timespan span) {
  auto s = std::max<int64_t>(duration_cast<seconds>(span).count(), 0);
  if (s < 120)
    return fmt::format("{} s", s);
  if (s < 7'200)
    return fmt::format("{} min", s / 60);
  return s < 172'800 ? fmt::format("{} h", s / 3'600)
                     : fmt::format("{} days", s / 86'400);
}

std::string when(caf::timestamp time, caf::timestamp now) {
  return local_time(time, "%Y-%m-%d %H:%M:%S") + " (" + length(now - time)
         + " ago)";
}

std::string first_line(const run_end& end, caf::timestamp now) {
  auto reason = visible_text(end.reason, 500);
  if (!end.in_order)
    return fmt::format("The runtime did not end in order, some time after {}:\n"
                       "{}.\n",
                       when(end.time, now), reason);
  auto code = end.exit_code ? std::to_string(*end.exit_code) : "?";
  return fmt::format("The robot stopped at {} with exit code {}:\n{}.\n",
                     when(end.time, now), code, reason);
}

std::string cause_lines(const run_cause& cause) {
  auto result = fmt::format("  {}  {}\n", local_time(cause.time, "%H:%M:%S"),
                            visible_text(cause.what, 500));
  const auto& lines = cause.last_lines;
  auto first = lines.size() - std::min(lines.size(), shown_lines);
  for (auto i = first; i < lines.size(); ++i)
    result += fmt::format("            | {}\n", visible_text(lines[i], 200));
  return result;
}

std::optional<std::string> find_file(const record_finder& record_of,
                                     const run_record& run) {
  return record_of ? record_of(run.start) : std::nullopt;
}

std::string text_of(const run_record& run, caf::timestamp now,
                    const record_finder& record_of) {
  auto result = first_line(*run.end, now);
  const auto& causes = run.end->causes;
  // One that only says again what the first line has said.
  auto says_no_more = causes.size() == 1 && causes[0].what == run.end->reason;
  if (!says_no_more)
    for (const auto& cause : causes)
      result += cause_lines(cause);
  result += "It had run for " + length(run.end->time - run.start.time)
            + ", from " + local_time(run.start.time, "%Y-%m-%d %H:%M:%S");
  if (auto file = find_file(record_of, run))
    result += "; its last minute is in " + visible_path(*file);
  return result + ".\n";
}

std::string latch_line(const run_history& history, caf::timestamp now) {
  auto why = history.latched_at
               ? " since " + when(*history.latched_at, now) + ", "
                   + visible_text(history.latch_cause, 300)
               : std::string{", and its file cannot be read"};
  return "An emergency stop is latched" + why
         + ".\nThe robot does not start before `robot-runtime estop "
           "--reset`.\n";
}

} // namespace

std::string explain_as_text(const run_history& history, size_t most,
                            caf::timestamp now, const std::string& where,
                            const record_finder& record_of) {
  std::string result;
  if (!history.runs.empty() && !history.runs.back().end) {
    const auto& start = history.runs.back().start;
    result += fmt::format("A robot runs since {}, as process {}.\n",
                          when(start.time, now), start.pid);
  }
  auto ends = last_ends(history, most);
  if (ends.empty() && result.empty())
    result += "No run of a robot is recorded in " + visible_path(where) + ".\n";
  else if (!ends.empty() && !result.empty())
    result += "Before that:\n";
  for (const auto* run : ends)
    result += (run == ends.front() ? "" : "\n") + text_of(*run, now, record_of);
  if (history.latched)
    result += latch_line(history, now);
  return result;
}

std::string explain_as_json(const run_history& history, size_t most,
                            const record_finder& record_of) {
  std::string result;
  for (const auto& end : ends_as_json(history, most, record_of))
    result += as_record_line(end);
  return result;
}

} // namespace rr
