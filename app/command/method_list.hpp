// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/json.hpp"

namespace rr {

/// What a service answers to `list_methods`, for people: a method a line, with
/// its arguments where they are known, by name. Whatever a peer sent is taken:
/// a list of names, or of objects that have one, or a map by name.
std::string method_lines(const json& answer);

} // namespace rr
