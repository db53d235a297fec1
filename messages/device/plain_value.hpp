// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "messages/json.hpp"

namespace rr {

/// The value as JSON has it, which has no byte strings: they become arrays of
/// numbers.
inline json without_bytes(json value) {
  if (value.is_binary()) {
    auto result = json::array();
    for (auto each : value.get_binary())
      result.push_back(each);
    return result;
  }
  if (value.is_structured())
    for (auto& each : value)
      each = without_bytes(std::move(each));
  return value;
}

} // namespace rr
