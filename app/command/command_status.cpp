// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include "app/command/command_arguments.hpp"
#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/runtime/status_text.hpp"
#include "messages/call/routing.hpp"

namespace rr {

int command_status(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"format", "timeout"},
    {{"router.frontend", "client.timeout", "application.runtime-directory"}});
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("status: unexpected " + given->positional()[0]);
  auto format = given->get("format").value_or("pretty");
  if (format != "pretty" && format != "json")
    return usage_error("--format=" + format + ": expected pretty or json");
  auto timeout = given->timeout();
  if (!timeout)
    return exit_usage;
  auto until = std::chrono::steady_clock::now() + *timeout;
  auto result = call_once(given->opts(),
                          {broker_identity, "status", json::array(), *timeout});
  if (!result)
    return run_time_error(result.error());
  auto text = format == "json" ? as_line(*result) : status_as_text(*result);
  return print(text, {.until = until});
}

} // namespace rr
