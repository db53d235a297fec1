// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <caf/settings.hpp>

#include "app/config_problem.hpp"
#include "messages/process.hpp"

namespace rr {

/// A command line after the program's and the command's name, taken apart.
struct command_line {
  /// `--group.key=value` and `--config-file=FILE`: for `options::read`.
  std::vector<std::string> options;
  /// Everything else, in its order: the command's own, `--help`, mistakes.
  std::vector<std::string> rest;

  /// What stands behind `--` as a word of its own is left to the command.
  static command_line split(const std::vector<std::string>& arguments);
};

/// Every option, validated: from the command line, the environment, the file
/// and the defaults, in this order of precedence.
class options {
public:
  using environment = std::map<std::string, std::string>;

  /// Reads and validates everything; never stops at the first problem.
  /// @param arguments `--group.key=value`, `--process.NAME.key=value` and
  ///                  `--config-file=FILE`; anything else is a problem.
  /// @param env the environment, of which `RR_*` is read; children inherit it.
  static options read(const std::vector<std::string>& arguments,
                      const environment& env);

  /// The environment of this program.
  static environment own_environment();

  /// What is wrong. These options may be used when no problem but warnings is
  /// here.
  const std::vector<config_problem>& problems() const noexcept {
    return problems_;
  }

  /// Whether there is any problem that is no warning.
  bool bad() const noexcept;

  /// The value of an option of the table, named `group.key`. T is the type that
  /// the table says: std::string, bool, int64_t, caf::timespan,
  /// std::vector<std::string> or caf::settings. Addresses lie in their place:
  /// `RUNTIME` is gone. Paths are absolute, or empty where that is allowed.
  /// @pre the table has an option of that name and type.
  template <class T>
  T get(std::string_view name) const {
    return caf::get<T>(values_, caf::string_view{name.data(), name.size()});
  }

  /// Every option, by group and key.
  const caf::settings& values() const noexcept {
    return values_;
  }

  /// The children, in the file's order, with their environment made.
  const std::vector<process_settings>& processes() const noexcept {
    return processes_;
  }

  /// The sections of CAF's own, for its `actor_system_config`.
  const caf::settings& actor_system() const noexcept {
    return actor_system_;
  }

  /// The configuration file, absolute; empty when there is none.
  const std::string& file() const noexcept {
    return file_;
  }

private:
  friend class options_reader;

  std::vector<config_problem> problems_;
  caf::settings values_;
  caf::settings actor_system_;
  std::vector<process_settings> processes_;
  std::string file_;
};

} // namespace rr
