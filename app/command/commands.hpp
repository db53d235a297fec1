// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "app/command/command_arguments.hpp"
#include "app/config/exit_code.hpp"
#include "app/config/help.hpp"
#include "app/config/options.hpp"

namespace rr {

/// One command of the program. To add one: a file
/// `app/command/command_NAME.cpp` that makes it, its declaration below, and a
/// row in `commands()`.
struct command {
  /// What `--help` tells, and what the command line may hold.
  command_help help;
  /// What the command needs of the configuration; a command that needs all of
  /// it loads it itself.
  option_needs needs = {};
  command_arguments::fault consequence = command_arguments::fault::ends_it;
  /// @returns the exit code.
  int (*function)(const command_arguments& given) = nullptr;
};

// What each does is said in its `purpose`, which `--help` prints.
command run_command();
command check_command();
command exec_command();
command call_command();
command logs_command();
command status_command();
command top_command();
command estop_command();
command explain_command();
command record_command();
command stop_command();
command start_command();
command restart_command();
command reload_command();
command watch_command();
command gamepad_command();
command buffers_command();
command token_command();
command init_command();
command help_command();
command completion_command();

/// Every command, in the order of `--help`.
const std::vector<command>& commands();

/// The program: dispatches to a command.
/// @param args without the program's own name.
/// @returns the exit code.
int run_program(const std::vector<std::string>& args);

} // namespace rr
