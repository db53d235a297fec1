// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "app/commands.hpp"
#include "app/options.hpp"
#include "messages/catalog.hpp"

namespace rr {

/// The options of this process: its arguments and its environment. Prints every
/// problem on standard error, a line each.
/// @returns none when there is any problem but warnings.
std::optional<options> load_options(const arguments& args);

/// What a runtime is made of.
struct configuration {
  options opts;
  /// What `device.catalog` says.
  catalog types;
};

/// The options, and the catalog that they name: everything that is wrong with
/// either is printed.
/// @param verbose as in `device_catalog::load`.
/// @returns none as above.
std::optional<configuration> load_configuration(const arguments& args,
                                                bool verbose = false);

} // namespace rr
