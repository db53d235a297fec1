// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/log_view.hpp"

#include <unistd.h>

#include <algorithm>

#include "bridges/system/terminal.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// Whether the event has that text under that name.
bool has(const json& event, const char* name, const std::string& text) {
  auto found = event.find(name);
  return found != event.end() && *found == text;
}

/// What programs, and not people, look for.
bool is_for_programs(const std::string& name) {
  return name == "level" || name == "timestamp" || name == "source"
         || name == "seq";
}

bool mentions(const json& event, const std::string& text) {
  for (const auto& [name, value] : event.items()) {
    if (is_for_programs(name))
      continue;
    auto shown = value.is_string()
                   ? value.get<std::string>()
                   : value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (shown.find(text) != shown.npos)
      return true;
  }
  return false;
}

} // namespace

std::optional<std::chrono::system_clock::time_point>
time_of(const json& event) {
  auto found = event.find("timestamp");
  if (found == event.end() || !found->is_string())
    return std::nullopt;
  auto result = parse_timestamp(found->get_ref<const std::string&>());
  return result ? std::optional{*result} : std::nullopt;
}

bool log_filter::wants(log_level of, const json& event) const {
  if (of < level)
    return false;
  // A program that publishes itself is named after its process.
  if (process && !has(event, "process", *process)
      && !has(event, "app", *process))
    return false;
  if (since) {
    auto time = time_of(event);
    if (time && *time < *since)
      return false;
  }
  return !text || mentions(event, *text);
}

line_maker::line_maker(const log_view& view)
  : view_(view),
    coloured_(takes_colours(STDOUT_FILENO)) {
}

void line_maker::add(log_level level, const json& event) {
  if (done() || !view_.filter.wants(level, event))
    return;
  ++made_;
  lines_ += view_.as_json ? log_line(event)
                          : to_pretty(as_log_event(event), coloured_);
  lines_ += '\n';
}

bool line_maker::write_to(pipeline_output& output) {
  auto written = output.write(lines_);
  lines_.clear();
  return written && !done();
}

} // namespace rr
