// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "app/config/exit_code.hpp"
#include "app/config/help.hpp"
#include "app/config/options.hpp"

namespace rr {

/// One command of the program. To add one: a file `app/command_NAME.cpp`, its
/// declaration below, and a row in the table in `app/command/commands.cpp`.
struct command {
  command_help help;
  int (*function)(const arguments& args);
};

/// The runtime itself, in the foreground.
int command_run(const arguments& args);

/// Validates configuration and catalog without starting anything.
int command_check(const arguments& args);

/// One remote call through the router's frontend.
int command_call(const arguments& args);

/// Log events as they come, from the runtime or from standard input.
int command_logs(const arguments& args);

/// What runs, and what it has done.
int command_status(const arguments& args);

/// Stops a running robot in an emergency.
int command_estop(const arguments& args);

/// An orderly stop of the robot, or the end of one process.
int command_stop(const arguments& args);

/// The start of one process.
int command_start(const arguments& args);

/// The end and the start of one process.
int command_restart(const arguments& args);

/// Prints device updates.
int command_watch(const arguments& args);

/// Sends control packets, as a driver station would.
int command_gamepad(const arguments& args);
/// Reads and writes the buffers of devices in shared memory.
int command_buffers(const arguments& args);

/// Every command, in the order of `--help`.
const std::vector<command>& commands();

/// The program: dispatches to a command.
/// @param args without the program's own name.
/// @returns the exit code.
int run_program(const arguments& args);

} // namespace rr
