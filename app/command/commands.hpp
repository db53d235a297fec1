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

/// The runtime itself, in the foreground.
command run_command();

/// Validates configuration and catalog without starting anything.
command check_command();

/// One remote call through the router's frontend.
command call_command();

/// Log events as they come, from the runtime or from standard input.
command logs_command();

/// What runs, and what it has done.
command status_command();

/// Stops a running robot in an emergency.
command estop_command();

/// An orderly stop of the robot, or the end of one process.
command stop_command();

/// The start of one process.
command start_command();

/// The end and the start of one process.
command restart_command();

/// Prints device updates.
command watch_command();

/// Sends control packets, as a driver station would.
command gamepad_command();

/// Reads and writes the buffers of devices in shared memory.
command buffers_command();

/// Every command, in the order of `--help`.
const std::vector<command>& commands();

/// The program: dispatches to a command.
/// @param args without the program's own name.
/// @returns the exit code.
int run_program(const std::vector<std::string>& args);

} // namespace rr
