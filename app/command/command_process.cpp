// SPDX-License-Identifier: BSD-3-Clause
// Orders about one process, and the orderly stop of all.
#include <chrono>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// What is to be done to the process that the command line names.
int order(const char* method, const command_arguments& given) {
  if (given.positional().empty())
    return usage_error("expected the name of a process");
  auto until = std::chrono::steady_clock::now() + given.timeout();
  auto result = call_once(given.opts(), {broker_identity, method,
                                         json::array({given.positional()[0]}),
                                         given.timeout()});
  return result ? print(as_line(*result), {.until = until})
                : run_time_error(result.error());
}

int stop_robot(const command_arguments& given) {
  auto result = call_once(given.opts(), {broker_identity, "stop_robot",
                                         json::array(), given.timeout()});
  return result ? exit_success : run_time_error(result.error());
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
            return given.positional().empty() ? stop_robot(given)
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
