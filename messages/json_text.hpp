// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "messages/json.hpp"

namespace rr {

/// JSON as anybody may have sent it.
struct parsed_json {
  json value;
  /// What is wrong with the text: `not JSON`, `nested too deeply`, `a key
  /// stands twice`; null for nothing.
  const char* fault = nullptr;
};

/// Takes one value, in UTF-8: at most 32 deep, and no key twice in an object.
parsed_json parse_json(std::string_view text);

} // namespace rr
