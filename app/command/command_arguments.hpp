// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/options.hpp"

namespace rr {

/// What a command that has options of its own was given: those, the
/// configuration's, and the rest.
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

  /// Prints what is wrong with it on standard error, and of the configuration
  /// what concerns the command.
  /// @param own the names of the command's own options, as in `count`; a name
  ///            that ends in `!` is a flag without a value.
  /// @param needs the configuration's options that the command reads; what is
  ///              wrong elsewhere does not matter to it.
  static std::optional<command_arguments>
  parse(const std::vector<std::string>& args,
        const std::vector<std::string_view>& own, const option_needs& needs,
        fault consequence = fault::ends_it);

  /// Prints one warning when anything that the command does not need is wrong.
  /// May wait for a file system.
  void warn_of_rest() const;

  const options& opts() const noexcept {
    return opts_;
  }

  /// What is no option, in order.
  const std::vector<std::string>& positional() const noexcept {
    return positional_;
  }

  /// The value of an own option, if it was given; empty text for a flag.
  std::optional<std::string> get(std::string_view name) const;

  /// A duration of an own option such as `5s`, above zero.
  /// @returns none after printing what is wrong.
  std::optional<caf::timespan> duration(std::string_view name,
                                        caf::timespan initial) const;

  /// The option `timeout`, which bounds the whole command; `client.timeout`
  /// when it was not given.
  /// @returns none as above.
  std::optional<caf::timespan> timeout() const;

private:
  option_sources sources_;
  options opts_;
  std::vector<std::string> positional_;
  std::map<std::string, std::string, std::less<>> own_;
};

/// Prints one line on standard error and returns the exit code of bad usage.
int usage_error(const std::string& what);

/// Prints one line on standard error and returns the exit code of a failure.
int run_time_error(const caf::error& what);

} // namespace rr
