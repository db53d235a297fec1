// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/commands.hpp"

#include "app/command/command_arguments.hpp"
#include "app/command/command_output.hpp"
#include "app/config/help.hpp"
#include "app/config/suggestion.hpp"
#include "app/config/version.hpp"
#include <algorithm>

namespace rr {

namespace {

constexpr command_option timeout_option{
  "--timeout=DURATION",
  "How long the whole command may take, connecting included; client.timeout."};

bool asks_for_help(const arguments& args) {
  return std::find_if(args.begin(), args.end(),
                      [](const std::string& arg) {
                        return arg == "--help" || arg == "-h";
                      })
         != args.end();
}

} // namespace

const std::vector<command>& commands() {
  static const std::vector<command> table{
    {{"run", "", "Runs the robot, in the foreground, until told to stop.", {}},
     command_run},
    {{"check",
      "",
      "Validates the configuration without starting anything.",
      {{"--verbose", "Names each parameter without a safe value."}}},
     command_check},
    {{"call",
      "METHOD [JSON-ARG...]",
      "Makes one remote call and prints its result as JSON.",
      {{"--address=SERVICE",
        "The service to call; broker-service, the runtime's own."},
       {"--notification", "Sends a notification, which is never answered."},
       timeout_option}},
     command_call},
    {{"logs",
      "",
      "Follows the log of everything that runs.",
      {{"--format=pretty|json", "For people, or for programs; pretty."},
       {"--source=remote|stdin",
        "The runtime's log.frontend, or JSON lines on standard input; remote."},
       {"--count=N", "Ends after N events; goes on for ever."},
       {"--timeout=DURATION",
        "Ends after this, with exit code 1 when no runtime has answered or "
        "the count is not reached; goes on for ever."}}},
     command_logs},
    {{"watch",
      "",
      "Joins the group of device updates and prints them.",
      {{"--count=N", "Ends after so many updates; else it goes on."},
       {"--format=pretty|json", "For people, or for programs; pretty."},
       {"--timeout=DURATION", "Ends after this, with 1 when fewer have come "
                              "than --count, or none."}}},
     command_watch},
    {{"gamepad",
      "",
      "Sends control packets, as a driver station would. The first of them "
      "show "
      "sticks at rest.",
      {{"--index=N", "Which gamepad, 0 to 15; 0."},
       {"--lx=X --ly=Y --rx=X --ry=Y", "The sticks, each -1 to 1; 0."},
       {"--btn=N", "The buttons, bit i for the i-th; 0."},
       {"--device=FILE",
        "A gamepad of this machine, such as /dev/input/event5, in the place of "
        "the sticks and buttons above; auto for the first one."},
       {"--rate=N", "Packets a second, 1 to 10000; 50."},
       {"--duration=DURATION", "Ends after this; else it goes on."},
       {"--timeout=DURATION",
        "The same. Ends with 1 when nobody has listened, or obeyed, until "
        "then."}}},
     command_gamepad},
    {{"status",
      "",
      "Tells what runs, and what it has done.",
      {{"--format=pretty|json", "For people, or for programs; pretty."},
       timeout_option}},
     command_status},
    {{"estop",
      "",
      "Stops a running robot in an emergency.",
      {{"--reason=TEXT", "What the log says of it."}, timeout_option}},
     command_estop},
    {{"stop",
      "[NAME]",
      "Stops the robot in order, or one process of it. Of a process, prints "
      "its status as JSON once it has ended; of the robot, returns once it has "
      "begun to stop.",
      {timeout_option}},
     command_stop},
    {{"start",
      "NAME",
      "Starts a process that does not run. Prints its status as JSON once it "
      "runs.",
      {timeout_option}},
     command_start},
    {{"restart",
      "NAME",
      "Ends a process, if it runs, and starts it anew. Prints its status as "
      "JSON once it runs.",
      {timeout_option}},
     command_restart},
    {{"buffers",
      "list | show DEVICE | set|write DEVICE PARAM VALUE",
      "Reads and writes devices in shared memory, also without a runtime. "
      "DEVICE is a UID, a name of device.names, or TYPE:NUMBER; VALUE is JSON. "
      "set changes a current value, write requests one, which holds until it "
      "is replaced or the robot is disabled.",
      {{"--format=pretty|json", "For people, or for programs; pretty."},
       {"--for=DURATION", "What is requested holds for so long at most."}}},
     command_buffers},
  };
  return table;
}

int run_program(const arguments& args) {
  if (args.empty())
    return usage_error("no command");
  const auto& name = args.front();
  if (name == "--help" || name == "-h") {
    std::vector<command_help> all;
    for (const auto& each : commands())
      all.push_back(each.help);
    return print(help_text(all));
  }
  if (name == "--version") {
    return print("robot-runtime " + std::string{version} + '\n');
  }
  const auto& table = commands();
  auto found = std::find_if(table.begin(), table.end(), [&](const command& x) {
    return x.help.name == name;
  });
  if (found == table.end()) {
    std::vector<std::string_view> names;
    for (const auto& each : table)
      names.push_back(each.help.name);
    return usage_error("unknown command \"" + name + "\""
                       + did_you_mean(name, names));
  }
  arguments rest{args.begin() + 1, args.end()};
  if (asks_for_help(rest)) {
    return print(help_text(found->help));
  }
  return found->function(rest);
}

} // namespace rr
