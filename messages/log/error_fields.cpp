// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/error_fields.hpp"

#include <utility>

namespace rr {

log_fields error_fields(const caf::error& what) {
  log_fields result{{"error", describe(what)}};
  const auto& context = what.context();
  if (what != ec::system_error || context.size() != 3
      || !context.match_elements<std::string, std::string, int32_t>())
    return result;
  if (const auto& address = context.get_as<std::string>(1); !address.empty())
    result.emplace_back("address", address);
  if (auto number = context.get_as<int32_t>(2); number != 0)
    result.emplace_back("errno", number);
  return result;
}

} // namespace rr
