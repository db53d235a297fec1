// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_arguments.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/routing.hpp"

namespace rr {

int command_estop(const arguments& args) {
  auto given = command_arguments::parse(
    args, {"reason", "timeout"},
    {{"router.frontend", "client.timeout", "application.runtime-directory"}},
    // Nothing that is wrong with a configuration keeps a person from stopping.
    command_arguments::fault::is_told);
  if (!given)
    return exit_usage;
  if (!given->positional().empty())
    return usage_error("estop: unexpected " + given->positional()[0]);
  auto timeout = given->timeout();
  if (!timeout)
    return exit_usage;
  auto reason = given->get("reason").value_or("robot-runtime estop");
  auto result = call_once(given->opts(), {broker_identity, "emergency_stop",
                                          json::array({reason}), *timeout});
  given->warn_of_rest();
  return result ? exit_success : run_time_error(result.error());
}

} // namespace rr
