// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/help.hpp"
#include "app/config/options.hpp"

namespace rr {

/// What a command was given: its own options, the configuration's, and the
/// rest. Each own option that is here has a value as its form in the table
/// says.
class command_arguments {
public:
  /// What becomes of a command whose needs are wrong.
  enum class fault : uint8_t {
    /// It is bad usage. What else is wrong is one warning.
    ends_it,
    /// It is told and goes on with what is good. What else is wrong is not
    /// looked for until `warn_of_rest`.
    is_told,
  };

  /// Prints what is wrong with the command line on standard error, and of the
  /// configuration what concerns the command.
  /// @param what the options and words that the command has.
  /// @param needs the configuration's options that the command reads; what is
  ///              wrong elsewhere does not matter to it. With none at all no
  ///              configuration is read here.
  static std::optional<command_arguments>
  parse(const std::vector<std::string>& args, const command_help& what,
        const option_needs& needs, fault consequence);

  /// Prints one warning when anything that the command does not need is wrong.
  /// May wait for a file system.
  void warn_of_rest() const;

  const options& opts() const noexcept {
    return opts_;
  }

  /// The configuration's options that were given, for a command that loads all
  /// of it.
  const std::vector<std::string>& given_options() const noexcept {
    return sources_.arguments;
  }

  /// What is no option, in order.
  const std::vector<std::string>& positional() const noexcept {
    return positional_;
  }

  /// The value of an own option, if it was given; empty text for a flag.
  std::optional<std::string> get(std::string_view name) const;

  /// Whether `--format=json` was given.
  bool as_json() const;

  /// An integer of an own option, if it was given.
  std::optional<uint64_t> integer(std::string_view name) const;

  /// A number of an own option, if it was given.
  std::optional<double> number(std::string_view name) const;

  /// A duration of an own option, if it was given.
  std::optional<caf::timespan> duration(std::string_view name) const;

  /// The option `timeout`, which bounds the whole command; `client.timeout`
  /// when it was not given.
  caf::timespan timeout() const;

private:
  /// Takes an own option of the command.
  /// @returns whether its value is as the form says; what is wrong was printed.
  bool take(const command_help& what, const std::string& word);

  option_sources sources_;
  options opts_;
  std::vector<std::string> positional_;
  std::map<std::string, std::string, std::less<>> own_;
};

/// Of a command that nothing but a signal ends.
inline constexpr auto forever = caf::timespan{std::chrono::hours{24 * 365}};

/// Prints one line on standard error and returns the exit code of bad usage.
/// @param command whose help tells more; empty for that of the program.
int usage_error(const std::string& what, std::string_view command = {});

/// The error, with what a person does next: a command that helps, mostly.
caf::error with_next_step(const caf::error& what, std::string_view step);

/// Prints one line on standard error and returns the exit code of a failure.
int run_time_error(const caf::error& what);

} // namespace rr
