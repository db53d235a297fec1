// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/commands.hpp"

#include <algorithm>

#include "app/command/command_output.hpp"
#include "app/config/suggestion.hpp"
#include "app/config/version.hpp"

namespace rr {

const std::vector<command>& commands() {
  static const std::vector<command> table{
    run_command(),        check_command(),  exec_command(),    call_command(),
    logs_command(),       watch_command(),  gamepad_command(), status_command(),
    top_command(),        estop_command(),  stop_command(),    start_command(),
    restart_command(),    reload_command(), explain_command(), record_command(),
    buffers_command(),    token_command(),  init_command(),    help_command(),
    completion_command(),
  };
  return table;
}

int run_program(const std::vector<std::string>& args) {
  if (args.empty())
    return usage_error("no command");
  const auto& name = args.front();
  auto asks_for_help = [](const std::string& arg) {
    return arg == "--help" || arg == "-h";
  };
  if (asks_for_help(name) || name == "--help-all") {
    std::vector<command_help> all;
    for (const auto& each : commands())
      all.push_back(each.help);
    return print(name == "--help-all" ? help_all_text(all) : help_text(all));
  }
  if (name == "--version")
    return print("robot-runtime " + std::string{version} + '\n');
  const auto& table = commands();
  auto found = std::ranges::find(table, name,
                                 [](const command& x) { return x.help.name; });
  if (found == table.end()) {
    std::vector<std::string_view> names;
    for (const auto& each : table)
      names.push_back(each.help.name);
    return usage_error("unknown command \"" + name + "\""
                       + did_you_mean(name, names));
  }
  std::vector<std::string> rest{args.begin() + 1, args.end()};
  // What follows `--` is another program's.
  auto own_end = std::ranges::find(rest, "--");
  if (std::find(rest.begin(), own_end, "--help-all") != own_end)
    return print(help_all_text(found->help));
  if (std::any_of(rest.begin(), own_end, asks_for_help))
    return print(help_text(found->help));
  auto given = command_arguments::parse(rest, found->help, found->needs,
                                        found->consequence);
  return given ? found->function(*given) : int{exit_usage};
}

} // namespace rr
