// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"

namespace rr {

namespace {

/// Warns of the rest of the configuration only once the robot has been told:
/// that may wait for a file system.
int stop_in_emergency(const command_arguments& given) {
  auto reason = given.get("reason").value_or("robot-runtime estop");
  auto result = call_once(given, {.method = "emergency_stop",
                                  .args = json::array({reason})});
  given.warn_of_rest();
  return result ? exit_success : run_time_error(result.error());
}

} // namespace

command estop_command() {
  return {.help = {.name = "estop",
                   .purpose = "Stops a running robot in an emergency.",
                   .options = {{"--reason=TEXT", "What the log says of it."},
                               timeout_option}},
          .needs = single_call_needs(),
          // Nothing that is wrong with a configuration keeps a person from
          // stopping.
          .consequence = command_arguments::fault::is_told,
          .function = stop_in_emergency};
}

} // namespace rr
