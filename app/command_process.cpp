// SPDX-License-Identifier: BSD-3-Clause
// Orders about one process, and the orderly stop of all.
#include <algorithm>
#include <chrono>

#include "app/broker.hpp"
#include "app/command_arguments.hpp"
#include "app/command_output.hpp"
#include "app/commands.hpp"
#include "app/single_call.hpp"

namespace rr {

namespace {

/// Whom a call goes to, and how long it waits.
const option_needs needs{
  {"router.frontend", "client.timeout", "application.runtime-directory"}};

/// What is to be done to the process that the command line names.
int order(const std::string& command, const std::string& method,
          const arguments& args) {
  auto given = command_arguments::parse(args, {"timeout"}, needs);
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

int stop_robot(const arguments& args) {
  auto given = command_arguments::parse(args, {"timeout"}, needs);
  if (!given)
    return exit_usage;
  auto timeout = given->timeout();
  if (!timeout)
    return exit_usage;
  auto result = call_once(given->opts(), {broker_identity, "stop_robot",
                                          json::array(), *timeout});
  return result ? exit_success : run_time_error(result.error());
}

bool names_a_process(const arguments& args) {
  auto line = command_line::split(args);
  return std::ranges::any_of(line.rest, [](const std::string& arg) {
    return !arg.starts_with("--");
  });
}

} // namespace

int command_start(const arguments& args) {
  return order("start", "start_process", args);
}

int command_stop(const arguments& args) {
  return names_a_process(args) ? order("stop", "stop_process", args)
                               : stop_robot(args);
}

int command_restart(const arguments& args) {
  return order("restart", "restart_process", args);
}

} // namespace rr
