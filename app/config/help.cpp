// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/help.hpp"

#include <algorithm>
#include <span>

#include "app/config/option_table.hpp"
#include "app/config/option_value.hpp"
#include "app/config/suggestion.hpp"

namespace rr {

namespace {

constexpr size_t width = 80;
constexpr std::string_view program = "robot-runtime";

/// A name, and what it means from a column on.
std::string item(std::string_view name, std::string_view text, size_t column) {
  auto result = "  " + std::string{name};
  if (result.size() + 2 > column)
    result += '\n' + wrap(text, column);
  else
    result += wrap(text, column).substr(result.size());
  return result;
}

/// The values that count for a reader, where the type says too little.
std::string values_of(const option_row& row) {
  switch (row.type) {
    case option_type::choice:
      return " One of " + expectation(row) + '.';
    case option_type::integer:
    case option_type::short_name:
      return " Expects " + expectation(row) + '.';
    default:
      return {};
  }
}

std::string table_item(const option_row& row) {
  auto name = "--" + std::string{row.group} + '.' + std::string{row.key} + '='
              + std::string{row.initial};
  return wrap(name, 2) + wrap(std::string{row.help} + values_of(row), 6);
}

/// Of those groups; of all, when there is none.
std::string table_text(std::span<const std::string_view> groups = {}) {
  std::string result;
  std::string_view group;
  for (auto& row : option_table()) {
    if (!groups.empty() && std::ranges::find(groups, row.group) == groups.end())
      continue;
    if (row.group != group)
      result.append("\n[").append(row.group).append("]\n");
    group = row.group;
    result += table_item(row);
  }
  return result;
}

/// Of the program; one on the Application may be installed anywhere.
constexpr std::string_view or_installed
  = "; else from the one that is installed, etc/robot-runtime/robot.ini";

/// @param otherwise what is read where no file is named.
std::string sources_text(std::string_view otherwise) {
  return "Options\n"
         + item("--config-file=FILE",
                "Reads the configuration from FILE; else from the one that the "
                "variable RR_CONFIG_FILE names"
                  + std::string{otherwise} + '.',
                24)
         + item("--group.key=value",
                "Any option of the configuration. It counts more than the "
                "environment (RR_GROUP_KEY), which counts more than the file.",
                24)
         + item("--help", "Prints this.", 24);
}

std::string_view first_sentence(std::string_view text) {
  auto end = text.find(". ");
  return end == text.npos ? text : text.substr(0, end + 1);
}

std::string usage_and_purpose(const command_help& command) {
  auto usage = "Usage: " + std::string{program} + ' '
               + std::string{command.name};
  if (!command.arguments.empty())
    usage.append(" ").append(command.arguments);
  return wrap(usage + " [OPTION...]", 0) + '\n' + wrap(command.purpose, 0);
}

/// The command's own, and those that every command has.
std::vector<command_option> own_options(const command_help& command) {
  auto result = command.options;
  result.push_back(
    {"--config-file=FILE", "Else $RR_CONFIG_FILE, else the installed one."});
  result.push_back({"--help-all", "Lists the configuration's options, too."});
  return result;
}

std::string example_of(const command_help& command) {
  if (command.example.empty())
    return {};
  return "\nExample\n"
         + wrap(std::string{program} + ' ' + std::string{command.example}, 2);
}

} // namespace

std::string wrap(std::string_view text, size_t indent) {
  std::string result;
  std::string line(indent, ' ');
  for (auto word : split_words(text)) {
    if (line.size() > indent && line.size() + 1 + word.size() > width) {
      result += line + '\n';
      line.assign(indent, ' ');
    }
    if (line.size() > indent)
      line += ' ';
    line += word;
  }
  return result + line + '\n';
}

std::string help_text(const std::vector<command_help>& commands) {
  auto result = "Usage: " + std::string{program}
                + " COMMAND [ARGUMENT...] [--group.key=value...]\n\n"
                  "Runs a robot's programs under one root, and stops them all "
                  "at once.\n\nCommands\n";
  size_t column = 0;
  for (auto& command : commands)
    column = std::max(column, command.name.size() + 4);
  for (auto& command : commands)
    result += item(command.name, first_sentence(command.purpose),
                   std::min(column, width / 2));
  return result + '\n' + sources_text(or_installed)
         + item("--help-all", "Prints this, with every option.", 24)
         + item("--version", "Prints the version.", 24) + '\n'
         + wrap("`robot-runtime COMMAND --help` tells of one command, and "
                "`robot-runtime COMMAND --help-all` also of the options of the "
                "configuration, with their defaults.",
                0);
}

std::string help_all_text(const std::vector<command_help>& commands) {
  return help_text(commands)
         + "\nOptions of the configuration, with their defaults\n"
         + table_text();
}

std::string help_text(const command_help& command) {
  auto result = usage_and_purpose(command) + "\nOptions\n";
  size_t column = 0;
  auto own = own_options(command);
  for (const auto& option : own)
    column = std::max(column, option.form.size() + 4);
  for (const auto& option : own)
    result += item(option.form, option.help, std::min(column, size_t{32}));
  return result + example_of(command);
}

std::string help_all_text(const command_help& command) {
  auto result = usage_and_purpose(command) + '\n' + sources_text(or_installed)
                + item("--help-all", "Prints this; --help is short.", 24);
  for (const auto& option : command.options)
    result += item(option.form, option.help, 24);
  return result + example_of(command)
         + "\nOptions of the configuration, with their defaults\n"
         + table_text();
}

std::string peer_help_text(std::string_view name) {
  constexpr std::string_view groups[]
    = {"application", "router",  "log",    "device",
       "client",      "service", "health", "emergency-stop"};
  return wrap("Usage: " + std::string{name}
                + " [--group.key=value...] [ARGUMENT...]",
              0)
         + '\n' + sources_text({})
         + item("--version", "Prints the name and the version.", 24)
         + "\nOptions of the configuration, with their defaults\n"
         + table_text(groups);
}

} // namespace rr
