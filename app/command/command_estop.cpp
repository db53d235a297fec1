// SPDX-License-Identifier: BSD-3-Clause
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "app/command/stop_reset.hpp"
#include "app/config/configuration.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// Bytes of the name of who resets a stop.
constexpr size_t max_name = 256;

/// Who has logged in, also where the command runs as root by `sudo`.
std::string caller_name() {
  auto behind_root = ::getuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
  if (behind_root && is_utf8(behind_root) && *behind_root != '\0')
    return behind_root;
  auto entry = ::getpwuid(::getuid());
  return entry && entry->pw_name ? entry->pw_name : std::to_string(::getuid());
}

/// To reset the stop of another robot than the one that is meant would be no
/// help: what is wrong with its folders matters here.
int reset(const command_arguments& given) {
  auto by = given.get("by").value_or(caller_name());
  if (by.empty() || by.size() > max_name)
    return usage_error("--by: expected a name of 1 to 256 bytes", "estop");
  auto opts = load_needed_options(
    gather_sources(given.given_options(), input_patience),
    {{"application.state-directory", "application.runtime-directory"}}, false);
  return opts ? reset_stop(*opts, by) : int{exit_usage};
}

/// Warns of the rest of the configuration only once the robot has been told:
/// that may wait for a file system.
int stop_in_emergency(const command_arguments& given) {
  if (given.get("reset") && given.get("reason"))
    return usage_error("estop: --reset and --reason exclude each other",
                       "estop");
  if (given.get("reset"))
    return reset(given);
  if (given.get("by"))
    return usage_error("estop: --by is who resets a stop, and needs --reset",
                       "estop");
  auto reason = given.get("reason").value_or("robot-runtime estop");
  auto result = call_once(given, {.method = "emergency_stop",
                                  .args = json::array({reason})});
  given.warn_of_rest();
  return result ? exit_success : run_time_error(result.error());
}

} // namespace

command estop_command() {
  return {.help = {.name = "estop",
                   .purpose = "Stops a running robot in an emergency, or lets "
                              "one that was stopped so start again.",
                   .options
                   = {{"--reason=TEXT", "What the log says of it."},
                      {"--reset", "Lets a robot that was stopped start again."},
                      {"--by=NAME", "Who resets it; your user name."},
                      timeout_option},
                   .example = "estop --reason=\"smoke from the arm\""},
          .needs = single_call_needs(),
          // Nothing that is wrong with a configuration keeps a person from
          // stopping.
          .consequence = command_arguments::fault::is_told,
          .function = stop_in_emergency};
}

} // namespace rr
