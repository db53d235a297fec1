// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>

#include <fmt/format.h>

#include "app/command/command_arguments.hpp"
#include "app/command/commands.hpp"
#include "app/command/log_follower.hpp"
#include "app/runtime/program_output.hpp"

namespace rr {

namespace {

/// A number above zero.
std::optional<uint64_t> parse_count(const std::string& text) {
  uint64_t result = 0;
  auto end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || last != end || result == 0)
    return std::nullopt;
  return result;
}

int unexpected(const std::string& option, const std::string& value,
               const std::string& expected) {
  return usage_error("--" + option + "=" + value + ": expected " + expected);
}

/// Nothing is lost in silence, and standard output is for events alone.
void report(const log_subscriber_status& status) {
  if (status.malformed > 0)
    print_error(fmt::format("skipped {} malformed events", status.malformed));
  if (status.missed > 0)
    print_error(fmt::format("missed {} events", status.missed));
}

} // namespace

int command_logs(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"format", "source", "count", "timeout"},
    {{"log.frontend", "log.level", "application.debug",
      "application.runtime-directory"}});
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("logs: unexpected " + given->positional()[0]);
  auto format = given->get("format").value_or("pretty");
  if (format != "pretty" && format != "json")
    return unexpected("format", format, "pretty or json");
  auto source = given->get("source").value_or("remote");
  if (source != "remote" && source != "stdin")
    return unexpected("source", source, "remote or stdin");
  log_view view;
  view.as_json = format == "json";
  view.level = *parse_log_level(given->opts().get<std::string>("log.level"));
  if (auto text = given->get("count")) {
    view.count = parse_count(*text);
    if (!view.count)
      return unexpected("count", *text, "a number, 1 and up");
  }
  if (given->get("timeout")) {
    view.timeout = given->duration("timeout", {});
    if (!view.timeout)
      return exit_usage;
  }
  auto status = source == "stdin" ? follow_standard_input(view)
                                  : follow_frontend(given->opts(), view);
  if (!status)
    return run_time_error(status.error());
  report(*status);
  return exit_success;
}

} // namespace rr
