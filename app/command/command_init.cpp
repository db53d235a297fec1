// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/init_files.hpp"
#include "bridges/system/new_files.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// What to do next with the robot in that folder.
std::string next_steps(const std::string& folder) {
  std::string option = " --config-file=";
  if (folder != ".")
    option += visible_path(folder + (folder.ends_with('/') ? "" : "/"));
  option += "robot.ini\n";
  return "Next:\n  robot-runtime check" + option + "  robot-runtime run"
         + option;
}

int make_robot(const command_arguments& given) {
  if (!given.given_options().empty())
    return usage_error("init: " + given.given_options().front()
                       + " is of a configuration, and init reads none");
  const auto& words = given.positional();
  if (!words.empty() && words.front().empty())
    return usage_error("init: expected a folder, got an empty text");
  std::string folder = words.empty() ? "." : words.front();
  std::vector<new_file> files;
  std::string names;
  for (const auto& file : init_files()) {
    files.push_back({file.name, file.text, file.text.starts_with("#!")});
    names += (names.empty() ? "" : ", ") + std::string{file.name};
  }
  if (auto failed = make_files(folder, files))
    return run_time_error(failed);
  return print("Made a robot in " + visible_path(folder) + ": " + names + '\n'
               + next_steps(folder));
}

} // namespace

command init_command() {
  return {.help
          = {.name = "init",
             .arguments = "[DIRECTORY]",
             .purpose = "Writes a small robot that runs, to begin with: a "
                        "configuration, a program in Python and one in C++, a "
                        "catalog of devices, a README. Overwrites nothing.",
             .example = "init rover"},
          .function = make_robot};
}

} // namespace rr
