// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "app/command/commands.hpp"
#include "app/command/log_follower.hpp"
#include "app/runtime/program_output.hpp"

namespace rr {

namespace {

/// Nothing is lost in silence, and standard output is for events alone.
void report(const log_subscriber_status& status) {
  if (status.malformed > 0)
    print_error(fmt::format("skipped {} malformed events", status.malformed));
  if (status.missed > 0)
    print_error(fmt::format("missed {} events", status.missed));
}

int follow_log(const command_arguments& given) {
  log_view view;
  view.as_json = given.as_json();
  view.level = *parse_log_level(given.opts().get<std::string>("log.level"));
  view.count = given.integer("count");
  view.timeout = given.duration("timeout");
  auto status = given.get("source") == "stdin"
                  ? follow_standard_input(view)
                  : follow_frontend(given.opts(), view);
  if (!status)
    return run_time_error(status.error());
  report(*status);
  return exit_success;
}

} // namespace

command logs_command() {
  return {
    .help
    = {.name = "logs",
       .purpose = "Follows the log of everything that runs.",
       .options
       = {format_option,
          {"--source=remote|stdin", "The runtime's log.frontend, or JSON lines "
                                    "on standard input; remote."},
          {"--count=N", "Ends after N events; goes on for ever.", 1},
          {"--timeout=DURATION",
           "Ends after this, with exit code 1 when no runtime has answered or "
           "the count is not reached; goes on for ever."}}},
    .needs = {{"log.frontend", "log.level", "application.debug",
               "application.runtime-directory"}},
    .function = follow_log};
}

} // namespace rr
