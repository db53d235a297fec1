// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "messages/json.hpp"

namespace rr {

/// `{ "type", "uid", "valid", "connected" }`.
json buffer_as_json(const shared_buffer& buffer);

/// The same and `"last_update"`, seconds since 1970 or null, and `"params"` and
/// `"requested"`, each a map from a parameter to its value. A request is null
/// where there is none to be followed. Byte strings are arrays of numbers.
/// @returns `ec::overloaded` when writers have overtaken the reading.
caf::expected<json> buffer_contents(const shared_buffer& buffer,
                                    const robot_state& robot);

/// A buffer's contents for people.
std::string buffer_as_text(const json& contents);

/// A value from the command line: JSON, or else a text.
json value_of_argument(std::string_view text);

} // namespace rr
