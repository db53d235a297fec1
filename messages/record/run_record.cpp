// SPDX-License-Identifier: BSD-3-Clause
#include "messages/record/run_record.hpp"

#include <algorithm>

#include "messages/log/log_event.hpp"
#include "messages/record/process_end.hpp"
#include "messages/record/record_line.hpp"

namespace rr {

namespace {

json as_json(const run_cause& cause) {
  json result{{"time", format_timestamp(cause.time)}, {"what", cause.what}};
  if (!cause.process.empty())
    result["process"] = cause.process;
  if (cause.exit_code)
    result["exit_code"] = *cause.exit_code;
  if (!cause.last_lines.empty())
    result["last_lines"] = cause.last_lines;
  return result;
}

std::optional<run_start> run_start_of(const json& object) {
  record_reader from{object};
  run_start result;
  result.time = from.time("started");
  result.pid = from.integer<int32_t>("pid");
  result.ticks = from.integer<uint64_t>("ticks");
  result.version = from.text("version");
  result.boot_id = from.text("boot_id");
  result.config_file = from.text("config_file");
  return from.good() ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<run_cause> run_cause_of(const json& object) {
  if (!object.is_object())
    return std::nullopt;
  record_reader from{object};
  run_cause result;
  result.time = from.time("time");
  result.what = from.text("what");
  result.process = from.optional_text("process");
  result.exit_code = from.optional_integer("exit_code");
  result.last_lines = from.texts("last_lines");
  auto good = from.good() && result.last_lines.size() <= kept_lines;
  return good ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<run_end> run_end_of(const json& object) {
  record_reader from{object};
  run_end result;
  result.time = from.time("ended");
  result.exit_code = from.optional_integer("exit_code");
  result.reason = from.text("reason");
  result.in_order = from.flag("in_order");
  for (const auto& each : from.list("causes"))
    if (auto cause = run_cause_of(each))
      result.causes.push_back(std::move(*cause));
    else
      return std::nullopt;
  auto good = from.good() && result.causes.size() <= max_causes;
  return good ? std::optional{std::move(result)} : std::nullopt;
}

/// Gives a run its end, also in the place of one that was written before: the
/// last words are the true ones.
/// @returns whether it is one of these.
bool end_run(std::vector<run_record>& runs, const json& object) {
  record_reader from{object};
  auto started = from.time("started");
  auto pid = from.integer<int32_t>("pid");
  auto end = run_end_of(object);
  if (!from.good() || !end)
    return false;
  auto is_it = [&](const run_record& x) {
    return x.start.time == started && x.start.pid == pid;
  };
  auto found = std::find_if(runs.rbegin(), runs.rend(), is_it);
  if (found == runs.rend())
    return false;
  found->end = std::move(end);
  return true;
}

} // namespace

json as_json(const run_start& start) {
  return {{"started", format_timestamp(start.time)},
          {"pid", start.pid},
          {"ticks", start.ticks},
          {"version", start.version},
          {"boot_id", start.boot_id},
          {"config_file", start.config_file}};
}

json end_as_json(const run_record& run) {
  auto causes = json::array();
  for (const auto& cause : run.end->causes)
    causes.push_back(as_json(cause));
  const auto& code = run.end->exit_code;
  return {{"ended", format_timestamp(run.end->time)},
          {"exit_code", code ? json(*code) : json{}},
          {"reason", run.end->reason},
          {"in_order", run.end->in_order},
          {"causes", std::move(causes)},
          {"started", format_timestamp(run.start.time)},
          {"pid", run.start.pid}};
}

std::vector<run_record> read_runs(std::string_view text, bool& whole) {
  auto torn = false;
  auto lines = record_lines(text, torn);
  whole = !torn;
  std::vector<run_record> result;
  for (auto line : lines) {
    auto object = parse_record_line(line);
    if (object && object->contains("ended")) {
      whole = end_run(result, *object) && whole;
      continue;
    }
    auto start = object ? run_start_of(*object) : std::nullopt;
    if (start)
      result.push_back({std::move(*start), std::nullopt});
    else
      whole = false;
  }
  return result;
}

std::string end_line(const run_record& run) {
  auto result = as_record_line(end_as_json(run));
  if (result.size() <= max_record_line)
    return result;
  auto shorter = run;
  for (auto& cause : shorter.end->causes)
    cause.last_lines.clear();
  return as_record_line(end_as_json(shorter));
}

std::string runs_text(const std::vector<run_record>& runs) {
  std::string result;
  for (const auto& run : runs) {
    result += as_record_line(as_json(run.start));
    if (run.end)
      result += end_line(run);
  }
  return result;
}

} // namespace rr
