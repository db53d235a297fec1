// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "app/commands.hpp"
#include "app/options.hpp"

namespace rr {

/// The options of this process: its arguments and its environment. Prints every
/// problem on standard error, a line each.
/// @returns none when there is any problem but warnings.
std::optional<options> load_configuration(const arguments& args);

} // namespace rr
