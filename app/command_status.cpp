// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include <unistd.h>

#include "app/broker.hpp"
#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "app/single_call.hpp"
#include "app/status_text.hpp"

namespace rr {

int command_status(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"format"},
    {{"router.frontend", "client.timeout", "application.runtime-directory"}});
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("status: unexpected " + given->positional()[0]);
  auto format = given->get("format").value_or("pretty");
  if (format != "pretty" && format != "json")
    return usage_error("--format=" + format + ": expected pretty or json");
  auto timeout = given->opts().get<caf::timespan>("client.timeout");
  auto result = call_once(given->opts(),
                          {broker_identity, "status", json::array(), timeout});
  if (!result)
    return run_time_error(result.error());
  if (format == "json")
    std::cout << result->dump(-1, ' ', false, json::error_handler_t::replace)
              << '\n';
  else
    std::cout << status_as_text(*result);
  return exit_success;
}

} // namespace rr
