// SPDX-License-Identifier: BSD-3-Clause
#include "app/broker.hpp"
#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "app/single_call.hpp"

namespace rr {

int command_estop(const arguments& args) {
  auto given = command_arguments::parse(args, {"reason", "timeout"});
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
  return result ? exit_success : run_time_error(result.error());
}

} // namespace rr
