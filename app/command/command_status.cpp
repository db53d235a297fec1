// SPDX-License-Identifier: BSD-3-Clause
#include <unistd.h>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/command/status_follow.hpp"
#include "app/runtime/startup_text.hpp"
#include "app/runtime/status_table.hpp"
#include "bridges/system/terminal.hpp"

namespace rr {

namespace {

template <shown_counters Which>
std::string table(const json& status) {
  return status_table(status, Which, std::chrono::system_clock::now(),
                      takes_colours(STDOUT_FILENO));
}

constexpr command_option startup_option{
  "--startup", "How the last start went: who waited for whom."};

constexpr command_option follow_option{
  "--follow", "A new table each second, or as JSON a line per change."};

constexpr command_option counters_option{"--counters",
                                         "Counters that are zero, too."};

std::string startup_as_line(const json& status) {
  return as_line(startup_as_json(status));
}

int tell_status(const command_arguments& given) {
  if (given.get("startup") && given.get("follow"))
    return usage_error("status: --startup and --follow exclude each other",
                       "status");
  if (given.get("follow"))
    return follow_status(given);
  if (given.get("startup"))
    return call_and_print(given, {.method = "status"},
                          given.as_json() ? startup_as_line : startup_as_text);
  auto form = given.get("counters") ? table<shown_counters::all>
                                    : table<shown_counters::not_zero>;
  return call_and_print(given, {.method = "status"},
                        given.as_json() ? as_line : form);
}

} // namespace

command status_command() {
  return {.help = {.name = "status",
                   .purpose = "Tells what runs, and what it has done.",
                   .options = {follow_option, startup_option, counters_option,
                               format_option, timeout_option},
                   .example = "status --follow"},
          .needs = single_call_needs(),
          .function = tell_status};
}

command top_command() {
  return {.help = {.name = "top",
                   .purpose = "The same as status --follow.",
                   .options = {counters_option, format_option, timeout_option},
                   .example = "top"},
          .needs = single_call_needs(),
          .function = follow_status};
}

} // namespace rr
