// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include "app/config/config_problem.hpp"
#include "messages/process/process.hpp"

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

/// Where options come from, as it is. The file is read once: a pipe gives its
/// text only once.
struct option_sources {
  using environment_map = std::map<std::string, std::string>;

  /// `--group.key=value`, `--process.NAME.key=value`, and `--config-file=FILE`
  /// or `--config-file FILE`; anything else is a problem.
  std::vector<std::string> arguments;
  /// Of which `RR_*` is read; children inherit it.
  environment_map environment;
  /// As it was given, or empty.
  std::string file;
  /// What the file says; without a file, nothing.
  caf::expected<std::string> text = std::string{};

  /// Reads the file: the one that the command line names, else the one that
  /// the variable `RR_CONFIG_FILE` does, else the installed one.
  /// @param patience how long a pipe may take until its end.
  /// @param installed what is read where none is named, if it is there.
  static option_sources
  gather(std::vector<std::string> words, environment_map env,
         std::chrono::milliseconds patience, const std::string& installed = {});

  /// Whether nobody has said anything: there is no file, and no option.
  bool empty() const;
};

/// What of a configuration a program holds to be right.
struct option_needs {
  /// Options, `group.key`. The first decides whom the program talks to: a file
  /// that cannot be read matters unless that one was given elsewhere.
  std::vector<std::string> names;
};

/// Every option, validated: from the command line, the environment, the file
/// and the defaults, in this order of precedence.
class options {
public:
  using environment = std::map<std::string, std::string>;

  /// Reads and validates everything; never stops at the first problem.
  static options read(const option_sources& sources);
  static options read(const std::vector<std::string>& arguments,
                      const environment& env);

  /// Reads and validates what a program needs: it tells only what is wrong with
  /// that or with the command line, whatever else the file says. Every other
  /// option has some value that is good, maybe its default; there are no
  /// processes, and no other file is looked for.
  static options read_needed(const option_sources& sources,
                             const option_needs& needs);

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
  /// the table says: std::string, bool, caf::timespan,
  /// std::vector<std::string>, caf::settings, or for an integer any that holds
  /// the option's range. Addresses lie in their place:
  /// `RUNTIME` is gone. Paths are absolute, or empty where that is allowed.
  /// @pre the table has an option of that name and type.
  template <class T>
  T get(std::string_view name) const {
    caf::string_view key{name.data(), name.size()};
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      return static_cast<T>(caf::get<int64_t>(values_, key));
    else
      return caf::get<T>(values_, key);
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

  /// Where a key was given, as problems name it: `FILE:LINE`, `environment` or
  /// `command line`; empty for a default.
  /// @param name `group.key`, also of CAF's own and of `process.NAME`.
  std::string where(const std::string& name) const {
    auto i = places_.find(name);
    return i != places_.end() ? i->second : std::string{};
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
  std::map<std::string, std::string> places_;
  std::string file_;
};

} // namespace rr
