// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <caf/config_value.hpp>
#include <caf/expected.hpp>

#include "app/config/option_table.hpp"

namespace rr {

/// What is longer is none that anybody means, and a clock could not add to it.
inline constexpr std::chrono::hours longest_duration{24 * 36'500};

/// What a value of this option looks like: `an integer from 4 to 255`.
std::string expectation(const option_row& row);

/// Checks type, range and form of a value.
/// @returns the value that counts (`warning` for `warn`), or `ec::malformed`
///          with what is wrong and what was expected.
caf::expected<caf::config_value> check_value(const option_row& row,
                                             const caf::config_value& value);

/// What is wrong with one item of a map, and what was expected; empty when
/// nothing is.
std::string map_item_fault(option_type type, const std::string& name,
                           const caf::config_value& value);

/// Reads and checks a value that came as text. Text needs no quotes; a list may
/// be one bare item, and is of items separated by white space when
/// `from_environment`.
caf::expected<caf::config_value> parse_value(const option_row& row,
                                             std::string_view text,
                                             bool from_environment);

/// The default. Not of a required option, which has none.
caf::config_value initial_value(const option_row& row);

/// A value as it stands in a configuration file.
std::string render_value(const caf::config_value& value);

/// What an empty list of prefixes, which lets everybody in, is in an
/// environment variable: there an empty text is an error.
inline constexpr std::string_view every_prefix = "0.0.0.0/0 ::/0";

/// A value as it stands in an environment variable: text without quotes, lists
/// joined by a space.
std::string render_plain(const caf::config_value& value);

/// A duration in the largest unit of s, ms, us and ns without a fraction.
std::string render_duration(std::chrono::nanoseconds value);

} // namespace rr
