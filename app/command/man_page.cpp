// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/man_page.hpp"

#include <string_view>

#include "app/command/commands.hpp"
#include "app/command/help_topics.hpp"
#include "app/command/option_reference.hpp"
#include "app/config/help.hpp"
#include "app/config/version.hpp"

namespace rr {

namespace {

/// A text as man shows it: nothing in it is an instruction.
std::string escaped(std::string_view text) {
  std::string result;
  for (auto c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '"')
      result += "\\(dq";
    else if (c == '\'')
      result += "\\(aq";
    else if (c == '`')
      result += "\\(ga";
    else if (c == '^')
      result += "\\(ha";
    else if (c == '~')
      result += "\\(ti";
    else
      result += c;
  }
  return result;
}

/// The same in lines that an editor can show, none of them an instruction.
std::string filled(std::string_view text) {
  auto lines = wrap(escaped(text), 0);
  for (size_t at = 0; at != lines.npos && at < lines.size();) {
    if (lines[at] == '.')
      lines.insert(at, "\\&");
    at = lines.find('\n', at);
    at = at == lines.npos ? at : at + 1;
  }
  return lines;
}

std::string title(std::string_view name, std::string_view number,
                  std::string_view manual) {
  return ".\\\" Made by `robot-runtime help --format=man`.\n.TH "
         + escaped(name) + ' ' + std::string{number}
         + " \"\" \"robot\\-runtime " + std::string{version} + "\" \""
         + std::string{manual} + "\"\n";
}

std::string heading(std::string_view text) {
  return ".SH " + escaped(text) + '\n';
}

/// A term, and indented what it means.
std::string entry(std::string_view term, std::string_view text) {
  return ".TP\n.B " + escaped(term) + '\n' + filled(text);
}

std::string article_items(std::string_view name) {
  std::string result;
  for (const auto& item : find_article(name)->items)
    if (item.term.empty())
      result += (result.empty() ? "" : ".PP\n") + filled(item.text);
    else
      result += entry(item.term, item.text);
  return result;
}

std::string command_items(const command_help& help) {
  auto usage = std::string{help.name} + (help.arguments.empty() ? "" : " ")
               + std::string{help.arguments};
  auto result = ".SS " + escaped(usage) + '\n' + filled(help.purpose);
  for (const auto& option : help.options)
    result += entry(option.form, option.help);
  return result;
}

std::string see_also(std::string_view name, std::string_view number) {
  return heading("SEE ALSO") + ".BR " + escaped(name) + " ("
         + std::string{number} + ")\n";
}

} // namespace

std::string program_man_page() {
  auto result = title("ROBOT-RUNTIME", "1", "User Commands") + heading("NAME")
                + "robot\\-runtime \\- runs a robot's programs, and stops them "
                  "all at once\n"
                + heading("SYNOPSIS")
                + ".B robot\\-runtime\n.I COMMAND\n[\\fIARGUMENT\\fR...] "
                  "[\\fB\\-\\-group.key=\\fIvalue\\fR...]\n"
                + heading("DESCRIPTION")
                + "It starts the programs of a robot, watches them, carries "
                  "their logs and their\ncalls, and stops all of them at once "
                  "when anything says stop.\n"
                + heading("COMMANDS");
  for (const auto& each : commands())
    result += command_items(each.help);
  return result + heading("OPTIONS")
         + entry("--config-file=FILE", "Reads the configuration from FILE; "
                                       "else from the one that the variable "
                                       "RR_CONFIG_FILE names.")
         + entry("--group.key=value", "Any option of the configuration.")
         + entry("--help", "Prints what the command does, and its options.")
         + entry("--version", "Prints the version.") + heading("EMERGENCY STOP")
         + article_items("emergency-stop") + heading("EXIT STATUS")
         + article_items("exit-codes") + heading("ENVIRONMENT")
         + article_items("environment") + see_also("robot-runtime.ini", "5");
}

std::string configuration_man_page() {
  auto result = title("ROBOT-RUNTIME.INI", "5", "File Formats")
                + heading("NAME")
                + "robot\\-runtime.ini \\- the configuration of a robot\n"
                + heading("DESCRIPTION") + article_items("configuration");
  for (const auto& section : option_sections()) {
    result += heading(section.header()) + escaped(section.about) + ".\n";
    for (auto row : section.rows)
      result += entry(assignment(*row), meaning(*row));
  }
  return result + see_also("robot-runtime", "1");
}

} // namespace rr
