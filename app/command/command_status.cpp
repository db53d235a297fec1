// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/runtime/startup_text.hpp"
#include "app/runtime/status_table.hpp"

namespace rr {

namespace {

template <shown_counters Which>
std::string table(const json& status) {
  return status_table(status, Which, std::chrono::system_clock::now());
}

constexpr command_option startup_option{
  "--startup",
  "How the last start went: a tree of what waited for what, with times."};

std::string startup_as_line(const json& status) {
  return as_line(startup_as_json(status));
}

int tell_status(const command_arguments& given) {
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
                   .options = {startup_option,
                               {"--counters", "Counters that are zero, too."},
                               format_option,
                               timeout_option}},
          .needs = single_call_needs(),
          .function = tell_status};
}

} // namespace rr
