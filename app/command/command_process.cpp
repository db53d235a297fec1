// SPDX-License-Identifier: BSD-3-Clause
// Orders about one process, and the orderly stop of all.
#include <chrono>
#include <optional>

#include "app/command/command_arguments.hpp"
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

namespace {

/// Whom a call goes to, and how long it waits.
const option_needs needs{
  {"router.frontend", "client.timeout", "application.runtime-directory"}};

std::optional<command_arguments> parse(const arguments& args) {
  return command_arguments::parse(args, {"timeout"}, needs);
}

/// What is to be done to the process that the command line names.
int order(const std::string& command, const std::string& method,
          const std::optional<command_arguments>& given) {
  if (!given)
    return exit_usage;
  const auto& words = given->positional();
  if (words.empty())
    return usage_error(command + ": expected the name of a process");
  if (words.size() > 1)
    return usage_error(command + ": unexpected " + words[1]);
  auto timeout = given->timeout();
  if (!timeout)
    return exit_usage;
  auto until = std::chrono::steady_clock::now() + *timeout;
  auto result = call_once(given->opts(), {broker_identity, method,
                                          json::array({words[0]}), *timeout});
  return result ? print(as_line(*result), {.until = until})
                : run_time_error(result.error());
}

int stop_robot(const command_arguments& given) {
  auto timeout = given.timeout();
  if (!timeout)
    return exit_usage;
  auto result = call_once(given.opts(), {broker_identity, "stop_robot",
                                         json::array(), *timeout});
  return result ? exit_success : run_time_error(result.error());
}

} // namespace

int command_start(const arguments& args) {
  return order("start", "start_process", parse(args));
}

int command_stop(const arguments& args) {
  auto given = parse(args);
  return given && given->positional().empty()
           ? stop_robot(*given)
           : order("stop", "stop_process", given);
}

int command_restart(const arguments& args) {
  return order("restart", "restart_process", parse(args));
}

} // namespace rr
