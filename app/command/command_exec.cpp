// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <iostream>

#include "app/command/commands.hpp"
#include "app/config/configuration.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/process/become_program.hpp"
#include "bridges/system/input_file.hpp"

namespace rr {

namespace {

/// Whether a problem keeps this process from being run by hand: what is wrong
/// with others does not.
bool matters(const config_problem& problem, const std::string& process,
             bool own_command) {
  if (problem.is_warning)
    return false;
  if (problem.group.empty() || problem.is_whole_file
      || problem.from == config_place::source::command_line)
    return true;
  // What is executed in its place is looked at by the kernel.
  return problem.group == "process." + process
         && !(own_command && problem.key == "command");
}

/// Tells of what matters, and in one line of the rest.
/// @returns whether to go on.
bool tell(const std::vector<config_problem>& problems,
          const std::string& process, bool own_command) {
  auto good = true;
  std::vector<const config_problem*> rest;
  for (const auto& each : problems)
    if (matters(each, process, own_command)) {
      std::cerr << to_string(each) << '\n';
      good = false;
    } else if (!each.is_warning) {
      rest.push_back(&each);
    }
  if (good && !rest.empty())
    std::cerr << "warning: " << to_string(*rest[0])
              << (rest.size() > 1
                    ? "; and more, which robot-runtime check tells"
                    : "")
              << '\n';
  return good;
}

int unknown_process(const std::string& name, const options& opts) {
  std::vector<std::string_view> known;
  for (const auto& each : opts.processes())
    known.push_back(each.name);
  if (known.empty())
    return usage_error("exec: the configuration has no process; name its file "
                       "by --config-file=FILE",
                       "exec");
  return usage_error("exec: unknown process \"" + name + '"'
                       + expected_one_of(name, known),
                     "exec");
}

int execute(const command_arguments& given) {
  const auto& words = given.positional();
  if (words.empty())
    return usage_error("exec: expected the name of a process", "exec");
  std::vector<std::string> command{words.begin() + 1, words.end()};
  auto opts
    = options::read(gather_sources(given.given_options(), input_patience));
  if (!tell(opts.problems(), words[0], !command.empty()))
    return exit_usage;
  auto found = std::ranges::find(opts.processes(), words[0],
                                 &process_settings::name);
  if (found == opts.processes().end())
    return unknown_process(words[0], opts);
  auto settings = *found;
  if (!command.empty())
    settings.command = std::move(command);
  return run_time_error(become_program(settings));
}

} // namespace

command exec_command() {
  return {.help
          = {.name = "exec",
             .arguments = "PROCESS [-- COMMAND...]",
             .purpose = "Runs a process's program by hand, in the foreground. "
                        "It has the environment, directory, user and limits "
                        "that the configuration gives it, and needs no "
                        "runtime. COMMAND is executed in place of its own.",
             .example = "exec student -- /usr/bin/python3 -i student.py"},
          .function = execute};
}

} // namespace rr
