// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// An option that one command alone has. Its form is what `--help` shows, and
/// what is accepted.
struct command_option {
  /// As it is written: `--verbose` has no value, `--format=pretty|json` one of
  /// these, `--for=DURATION` a duration above zero, `--count=N` an integer,
  /// `--lx=X --ly=Y` each a number, `--reason=TEXT` whatever there is.
  std::string_view form;
  /// One sentence, with its default.
  std::string_view help;
  /// The range of a number.
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};

/// How long a command that asks the runtime may take.
inline constexpr command_option timeout_option{
  "--timeout=DURATION",
  "At most so long, connecting included; client.timeout."};

/// The option that chooses between texts for people and for programs.
inline constexpr command_option format_option{
  "--format=pretty|json", "For people, or for programs; pretty."};

/// What `--help` tells of a command.
struct command_help {
  std::string_view name;
  /// What follows the name, `METHOD [JSON-ARG...]`; may be empty. No more words
  /// are accepted than are named here.
  std::string_view arguments = {};
  /// One sentence, or few.
  std::string_view purpose;
  std::vector<command_option> options = {};
  /// What a person would type, without the program's name.
  std::string_view example = {};
};

/// The overview of `robot-runtime --help`: usage, commands, and where options
/// come from. No line is longer than 80 columns, but for a word that is.
std::string help_text(const std::vector<command_help>& commands);

/// `robot-runtime --help-all`: the same, and every option of the table.
std::string help_all_text(const std::vector<command_help>& commands);

/// `robot-runtime COMMAND --help`: usage, purpose, the command's own options,
/// and an example.
std::string help_text(const command_help& command);

/// `robot-runtime COMMAND --help-all`: the same, and every option of the table
/// with default and range, by group.
std::string help_all_text(const command_help& command);

/// `PROGRAM --help` of a program of one's own on the Application: usage, and
/// the options of the groups that concern it.
std::string peer_help_text(std::string_view name);

/// Breaks a text between words so that each line, with `indent` spaces before
/// it, fits 80 columns.
std::string wrap(std::string_view text, size_t indent);

} // namespace rr
