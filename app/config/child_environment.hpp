// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <caf/settings.hpp>

#include "app/config/option_table.hpp"

namespace rr {

using environment_map = std::map<std::string, std::string>;

/// `RR_` and the option in capitals with `_`: `RR_LOG_LEVEL`.
std::string environment_name(const option_row& row);

/// The option, as `group.key`, that programs of the Python runtime know by that
/// name, such as `control_addr`; empty for none.
std::string_view option_of_python_name(std::string_view name) noexcept;

/// Whether an option is read from the environment and told to children: maps
/// are not.
bool in_environment(const option_row& row) noexcept;

/// What every child gets: the runtime's own environment, but for what systemd
/// tells it to speak to itself (`NOTIFY_SOCKET`, `WATCHDOG_USEC`,
/// `WATCHDOG_PID`), every scalar and list
/// option as `RR_*`, `RR_CONFIG_FILE`, and what programs of the Python runtime
/// read, `RT_` and their name of an option in capitals: a level `warning` as
/// `warn`, the form that is really printed (`json` or `pretty`), durations as
/// seconds, maps as `NAME:VALUE` items with white space between them, in which
/// the texts of socket options are hexadecimal digits in single quotes.
/// @param values every option, addresses in their place.
/// @param config_file absolute, or empty when there is none.
environment_map common_environment(const environment_map& own,
                                   const caf::settings& values,
                                   const std::string& config_file);

/// The complete environment of one child, each `KEY=VALUE`, sorted and no key
/// twice.
/// @param own what counts more than `common`.
/// @param name the process's own name, its `RR_APPLICATION_NAME`.
/// @param section its section's `environment`, which counts most.
std::vector<std::string>
child_environment(const environment_map& common, environment_map own,
                  std::string_view name, const caf::settings& section);

} // namespace rr
