// SPDX-License-Identifier: BSD-3-Clause
// Orders about one process, and the orderly stop of all.
#include <chrono>
#include <string>
#include <vector>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/config/suggestion.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using time_point = std::chrono::steady_clock::time_point;

/// Which processes there are, as somebody who has named none of them needs to
/// know; nothing where nobody tells in time.
std::string known_processes(const command_arguments& given, time_point until,
                            const std::string& name) {
  auto left = until - std::chrono::steady_clock::now();
  if (left.count() <= 0)
    return {};
  auto status = runtime_connection{given.opts()}.call({.method = "status"},
                                                      left);
  std::vector<std::string> names;
  if (status && status->is_object() && (*status)["processes"].is_array())
    for (const auto& each : (*status)["processes"])
      if (each.is_object() && each.value("name", json{}).is_string())
        names.push_back(each["name"].get<std::string>());
  if (names.empty())
    return {};
  return expected_one_of(name, std::vector<std::string_view>{names.begin(),
                                                             names.end()});
}

/// The error of an order, in words for people.
caf::error as_told(const command_arguments& given, time_point until,
                   const std::string& name, const caf::error& what) {
  constexpr std::string_view unknown = "no process is named ";
  auto text = remote_cause(what);
  if (text.empty())
    return what;
  if (text.starts_with(unknown))
    text += known_processes(given, until, name);
  else if (text == "the robot is stopping")
    text += "; robot-runtime run starts it again once it has ended";
  return caf::make_error(ec::remote_error, std::move(text));
}

/// Gives the runtime an order about the process that the command line names.
int order(const std::string& command, const command_arguments& given) {
  if (given.positional().empty())
    return usage_error(command
                         + ": expected the name of a process; robot-runtime "
                           "status lists them",
                       command);
  auto until = std::chrono::steady_clock::now() + given.timeout();
  const auto& name = given.positional()[0];
  auto result = call_once(given, {.method = command + "_process",
                                  .args = json::array({name})});
  return result ? print(as_line(*result), {.until = until})
                : run_time_error(as_told(given, until, name, result.error()));
}

} // namespace

command start_command() {
  return {.help = {.name = "start",
                   .arguments = "NAME",
                   .purpose = "Starts a process that does not run. Prints its "
                              "status as JSON once it runs.",
                   .options = {timeout_option},
                   .example = "start camera"},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return order("start", given);
          }};
}

command stop_command() {
  return {.help = {.name = "stop",
                   .arguments = "[NAME]",
                   .purpose
                   = "Stops the robot in order, or one process of it. Of a "
                     "process, prints its status as JSON once it has ended; of "
                     "the robot, returns once it has begun to stop.",
                   .options = {timeout_option},
                   .example = "stop camera"},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return given.positional().empty()
                     ? call_and_print(given, {.method = "stop_robot"}, nullptr)
                     : order("stop", given);
          }};
}

command restart_command() {
  return {.help = {.name = "restart",
                   .arguments = "NAME",
                   .purpose = "Ends a process, if it runs, and starts it anew. "
                              "Prints its status as JSON once it runs.",
                   .options = {timeout_option},
                   .example = "restart camera"},
          .needs = single_call_needs(),
          .function = [](const command_arguments& given) {
            return order("restart", given);
          }};
}

} // namespace rr
