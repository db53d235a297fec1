// SPDX-License-Identifier: BSD-3-Clause
// Orders about one process, and the orderly stop of all.
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"

namespace rr {

namespace {

/// Gives the runtime an order about the process that the command line names.
int order(const char* method, const command_arguments& given) {
  if (given.positional().empty())
    return usage_error("expected the name of a process");
  return call_and_print(
    given, {.method = method, .args = json::array({given.positional()[0]})},
    as_line);
}

} // namespace

command start_command() {
  return {.help = {.name = "start",
                   .arguments = "NAME",
                   .purpose = "Starts a process that does not run. Prints its "
                              "status as JSON once it runs.",
                   .options = {timeout_option}},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return order("start_process", given);
          }};
}

command stop_command() {
  return {.help = {.name = "stop",
                   .arguments = "[NAME]",
                   .purpose
                   = "Stops the robot in order, or one process of it. Of a "
                     "process, prints its status as JSON once it has ended; of "
                     "the robot, returns once it has begun to stop.",
                   .options = {timeout_option}},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return given.positional().empty()
                     ? call_and_print(given, {.method = "stop_robot"}, nullptr)
                     : order("stop_process", given);
          }};
}

command restart_command() {
  return {.help = {.name = "restart",
                   .arguments = "NAME",
                   .purpose = "Ends a process, if it runs, and starts it anew. "
                              "Prints its status as JSON once it runs.",
                   .options = {timeout_option}},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return order("restart_process", given);
          }};
}

} // namespace rr
