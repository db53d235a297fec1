// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <caf/settings.hpp>

#include "messages/process.hpp"

namespace rr {

/// One row of the table of every option: the parser, the environment names,
/// `--help`, `check` and the test of `config/robot.ini` are derived from it.
struct option_row;

/// One thing that is wrong with the configuration.
struct config_problem {
  /// `FILE:LINE`, `command line` or `environment`.
  std::string where;
  std::string group;
  std::string key;
  /// What is wrong, the value, what was expected; with a suggestion where a
  /// known name is near.
  std::string text;
  bool is_warning = false;
};

/// `WHERE: [group] key: text`, after `warning: ` when it is one.
std::string to_string(const config_problem& problem);

/// Every option, validated: from the command line, the environment, the file
/// and the defaults, in this order of precedence.
class options {
public:
  using environment = std::map<std::string, std::string>;

  /// Reads and validates everything; never stops at the first problem.
  /// @param arguments `--group.key=value` and `--config-file=FILE`, without
  ///                  the program's and the command's name.
  /// @param env the environment, of which `RR_*` is read; children inherit it.
  static options read(const std::vector<std::string>& arguments,
                      const environment& env);

  /// What is wrong. These options may be used when no problem but warnings is
  /// here.
  const std::vector<config_problem>& problems() const noexcept {
    return problems_;
  }

  /// Whether there is any problem that is no warning.
  bool bad() const noexcept;

  /// The value of an option of the table, named `group.key`. T is the type that
  /// the table says: std::string, bool, int64_t, caf::timespan,
  /// std::vector<std::string> or caf::settings.
  template <class T>
  T get(std::string_view name) const {
    return caf::get<T>(values_, name);
  }

  /// The children, in the file's order, with their environment made.
  const std::vector<process_settings>& processes() const noexcept {
    return processes_;
  }

  /// The sections of CAF's own, for its `actor_system_config`.
  const caf::settings& actor_system() const noexcept {
    return actor_system_;
  }

private:
  std::vector<config_problem> problems_;
  caf::settings values_;
  caf::settings actor_system_;
  std::vector<process_settings> processes_;
};

} // namespace rr
