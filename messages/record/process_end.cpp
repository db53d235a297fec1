// SPDX-License-Identifier: BSD-3-Clause
#include "messages/record/process_end.hpp"

#include <algorithm>
#include <map>

#include "messages/log/log_event.hpp"
#include "messages/record/record_line.hpp"

namespace rr {

namespace {

/// The value of that name, none for any other text.
template <class Enum>
std::optional<Enum>
value_of(const std::string& text, std::initializer_list<Enum> values) {
  for (auto value : values)
    if (text == to_string(value))
      return value;
  return std::nullopt;
}

} // namespace

json as_json(const process_end& end) {
  json result{{"time", format_timestamp(end.time)},
              {"process", end.process},
              {"pid", end.pid},
              {"ran", as_seconds(end.ran)},
              {"exit_code", end.exit_code ? json(*end.exit_code) : json{}},
              {"core_dumped", end.core_dumped},
              {"failed", end.failed},
              {"by", to_string(end.cause)},
              {"cpu", as_seconds(end.cpu)},
              {"max_resident_kib", end.max_resident_kib},
              {"reason", end.reason},
              {"start", end.start},
              {"restarted", end.restarted},
              {"reaction", to_string(end.reaction)},
              {"last_lines", end.last_lines}};
  if (end.exit_code && *end.exit_code < 0)
    result["signal"] = signal_name(-*end.exit_code);
  if (!end.given_up.empty())
    result["given_up"] = end.given_up;
  return result;
}

std::optional<process_end> process_end_of(const json& object) {
  record_reader from{object};
  process_end result;
  result.time = from.time("time");
  result.process = from.text("process");
  result.pid = from.integer<int32_t>("pid");
  result.ran = from.seconds("ran");
  result.exit_code = from.optional_integer("exit_code");
  result.core_dumped = from.flag("core_dumped");
  result.failed = from.flag("failed");
  auto by = value_of(from.text("by"),
                     {ended_by::itself, ended_by::terminate, ended_by::kill});
  result.cpu = from.seconds("cpu");
  result.max_resident_kib = from.integer<uint64_t>("max_resident_kib");
  result.reason = from.text("reason");
  result.start = from.integer<uint64_t>("start");
  result.restarted = from.flag("restarted");
  auto reaction = value_of(from.text("reaction"),
                           {robot_reaction::ignore, robot_reaction::stop,
                            robot_reaction::emergency_stop});
  result.given_up = from.optional_text("given_up");
  result.last_lines = from.texts("last_lines");
  if (!from.good() || !by || !reaction || result.process.empty()
      || result.last_lines.size() > kept_lines)
    return std::nullopt;
  result.cause = *by;
  result.reaction = *reaction;
  return result;
}

std::vector<process_end> read_ends(std::string_view text, bool& whole) {
  auto torn = false;
  auto lines = record_lines(text, torn);
  whole = !torn;
  std::vector<process_end> result;
  for (auto line : lines) {
    auto object = parse_record_line(line);
    auto end = object ? process_end_of(*object) : std::nullopt;
    if (end)
      result.push_back(std::move(*end));
    else
      whole = false;
  }
  return result;
}

void forget_old_ends(std::vector<process_end>& ends) {
  std::map<std::string, size_t> seen;
  std::vector<process_end> kept;
  for (auto i = ends.rbegin(); i != ends.rend(); ++i)
    if (++seen[i->process] <= kept_ends)
      kept.push_back(std::move(*i));
  std::reverse(kept.begin(), kept.end());
  ends = std::move(kept);
}

std::string what_happened(const process_end& end) {
  auto about = "process " + end.process;
  return end.reason.starts_with(about) ? end.reason : about + ": " + end.reason;
}

} // namespace rr
