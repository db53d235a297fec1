// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/init_files.hpp"
#include "bridges/system/new_files.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// A path as a shell takes it.
std::string shell_word(const std::string& path) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789._/-";
  if (path.find_first_not_of(plain) == path.npos)
    return path;
  std::string result = "'";
  for (auto c : path)
    result += c == '\'' ? "'\\''" : std::string(1, c);
  return visible_path(result + '\'');
}

/// What to do next with the robot in that folder.
std::string next_steps(const std::string& folder) {
  std::string path = "robot.ini";
  if (folder != ".")
    path.insert(0, folder.ends_with('/') ? folder : folder + '/');
  auto option = " --config-file=" + shell_word(path) + '\n';
  return "Next:\n  robot-runtime check" + option + "  robot-runtime run"
         + option;
}

/// Where the robot of these files has its page, with a line feed; empty for
/// nowhere.
std::string page_of(std::span<const init_file> files) {
  constexpr std::string_view key = "\naddress = \"http";
  for (const auto& file : files) {
    auto begin = file.text.find(key);
    if (begin == file.text.npos)
      continue;
    begin = file.text.find('"', begin) + 1;
    auto link = file.text.substr(begin, file.text.find('"', begin) - begin);
    return "Its page, with a button that stops it:\n  " + std::string{link}
           + "/\n";
  }
  return {};
}

int make_robot(const command_arguments& given) {
  if (!given.given_options().empty())
    return usage_error("init: " + given.given_options().front()
                         + " is of a configuration, and init reads none",
                       "init");
  const auto& words = given.positional();
  if (!words.empty() && words.front().empty())
    return usage_error("init: expected a folder, got an empty text", "init");
  std::string folder = words.empty() ? "." : words.front();
  std::vector<new_file> files;
  std::string names;
  for (const auto& file : init_files()) {
    files.push_back({file.name, file.text, file.text.starts_with("#!")});
    names += (names.empty() ? "" : ", ") + std::string{file.name};
  }
  if (auto failed = make_files(folder, files))
    return run_time_error(with_next_step(
      failed, "robot-runtime init DIRECTORY makes one elsewhere"));
  return print("Made a robot in " + visible_path(folder) + ": " + names + '\n'
               + next_steps(folder) + page_of(init_files()));
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
