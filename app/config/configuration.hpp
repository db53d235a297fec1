// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/config/options.hpp"
#include "messages/device/catalog.hpp"

namespace rr {

/// What the command line and the environment say, and the file that they name,
/// or else the one that is installed with this program.
/// @param patience as in `option_sources::gather`.
/// @param env this program's own, or what was it once.
option_sources
gather_sources(std::vector<std::string> arguments,
               std::chrono::milliseconds patience,
               const options::environment& env = options::own_environment());

/// The options that a command needs. Prints on standard error, a line each,
/// what is wrong with these and with the command line.
/// @param fall_back whether to warn of that and to go on with what is good,
///                  which may be the defaults.
/// @returns none when there is any problem, unless it is to fall back.
std::optional<options> load_needed_options(const option_sources& sources,
                                           const option_needs& needs,
                                           bool fall_back);

/// Prints one warning on standard error when anything else is wrong, beyond
/// what `opts`, read for these needs, was told of. It looks at the programs of
/// processes, and so may wait for a file system.
void warn_of_rest(const option_sources& sources, const options& opts);

/// What a runtime is made of.
struct configuration {
  options opts;
  /// What `device.catalog` says.
  catalog types;
};

/// A configuration as far as it is good, and what is wrong with it.
struct configuration_reading {
  configuration value;
  std::vector<config_problem> problems;

  /// Whether anything is wrong but what is only warned of.
  bool bad() const noexcept {
    return any_error(problems);
  }
};

/// The options, and the catalog that they name.
/// @param verbose as in `device_catalog::load`.
configuration_reading read_configuration(const option_sources& sources,
                                         bool verbose = false);

/// The same. Everything that is wrong is printed, and so is that nobody has
/// said which robot is meant.
/// @param verbose as in `device_catalog::load`.
/// @returns none as above.
std::optional<configuration> load_configuration(const option_sources& sources,
                                                bool verbose = false);

} // namespace rr
