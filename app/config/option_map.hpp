// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/config_value.hpp>

#include "app/config/option_table.hpp"

namespace rr {

/// What is wrong with one item of a map, and what was expected; empty when
/// nothing is.
std::string map_item_fault(option_type type, const std::string& name,
                           const caf::config_value& value);

} // namespace rr
