// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.hpp"

namespace rr {

/// What a command that has options of its own was given: those, the
/// configuration's, and the rest.
class command_arguments {
public:
  /// Prints what is wrong with it on standard error, configuration included.
  /// @param own the names of the command's own options, as in `count`; a name
  ///            that ends in `!` is a flag without a value.
  static std::optional<command_arguments>
  parse(const std::vector<std::string>& args,
        const std::vector<std::string_view>& own);

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
  options opts_;
  std::vector<std::string> positional_;
  std::map<std::string, std::string, std::less<>> own_;
};

/// Prints one line on standard error and returns the exit code of bad usage.
int usage_error(const std::string& what);

/// Prints one line on standard error and returns the exit code of a failure.
int run_time_error(const caf::error& what);

} // namespace rr
