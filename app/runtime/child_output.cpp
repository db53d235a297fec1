// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/child_output.hpp"

#include <limits>
#include <utility>

#include "messages/json.hpp"
#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

void add_origin(log_fields& fields, const output_line& line) {
  fields.emplace_back("stream", to_string(line.stream));
  fields.emplace_back("process", line.process);
  fields.emplace_back("pid", line.pid);
}

bool is_ours_to_say(const std::string& name) {
  return name == "stream" || name == "process" || name == "pid"
         || name == "transmit";
}

/// Most lines are not even parsed.
bool may_be_event(const output_line& line) noexcept {
  auto first = line.text.find_first_not_of(" \t");
  auto last = line.text.find_last_not_of(" \t");
  return line.dropped == 0 && first != std::string::npos
         && line.text[first] == '{' && line.text[last] == '}';
}

} // namespace

std::optional<log_event> event_of(const output_line& line) {
  if (!may_be_event(line))
    return std::nullopt;
  auto parsed = parse_log_line(line.text);
  if (!parsed || parsed->size() > max_line_fields)
    return std::nullopt;
  // A number that JSON has no word for.
  for (auto& value : *parsed)
    if (value.is_null())
      value = std::numeric_limits<double>::quiet_NaN();
  auto result = as_log_event(*parsed);
  std::erase_if(result.fields,
                [](const log_field& x) { return is_ours_to_say(x.name); });
  add_origin(result.fields, line);
  return result;
}

void report_line(const event_log& log, log_output& output,
                 const std::string& app, const output_line& line) {
  if (auto event = event_of(line)) {
    if (!log.enabled(event->level))
      return;
    if (event->app.empty())
      event->app = app;
    event->is_bulk = true;
    output.take(std::move(*event));
    return;
  }
  log_fields fields;
  add_origin(fields, line);
  if (line.dropped > 0)
    fields.emplace_back("dropped_bytes", line.dropped);
  auto is_error = line.stream == output_stream::standard_error;
  log.write(is_error ? log_level::warning : log_level::info, line.text,
            std::move(fields));
}

} // namespace rr
