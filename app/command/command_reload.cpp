// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/single_call.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// `started map, nav; stopped arm`.
std::string as_sentence(const json& done) {
  std::string result;
  for (auto what : {"started", "stopped", "restarted"}) {
    std::string names;
    for (const auto& name : done.value(what, json::array()))
      names += (names.empty() ? " " : ", ")
               + visible_text(name.is_string() ? name.get<std::string>()
                                               : name.dump());
    if (!names.empty())
      result += (result.empty() ? "" : "; ") + std::string{what} + names;
  }
  return (result.empty() ? "no process has changed" : result) + '\n';
}

/// What the runtime has found wrong, as `check` prints it.
/// @returns whether that was the reason.
bool print_problems(const caf::error& what) {
  auto context = to_call_error(what).context;
  auto problems = context.find("problems");
  if (problems == context.end() || !problems->is_array())
    return false;
  for (const auto& line : *problems)
    if (line.is_string())
      std::cerr << visible_text(line.get<std::string>(), 8192) << '\n';
  return true;
}

/// The runtime reads the configuration, not this command: it has the command
/// line and the environment that count.
int reload(const command_arguments& given) {
  auto done = call_once(given, {.method = "reload"});
  if (done)
    return print(as_sentence(*done));
  if (print_problems(done.error()))
    return exit_usage;
  return run_time_error(done.error());
}

} // namespace

command reload_command() {
  return {.help = {.name = "reload",
                   .purpose
                   = "Has the running robot read its configuration again, and "
                     "start, stop and restart the processes whose sections "
                     "have changed, and no other. Refused whole when anything "
                     "is wrong with it, or needs a restart of the runtime. "
                     "Prints what was done, once it is done.",
                   .options = {timeout_option},
                   .example = "reload"},
          .needs = single_call_needs(),
          // What is wrong with the configuration the runtime tells.
          .consequence = command_arguments::fault::is_told,
          .function = reload};
}

} // namespace rr
