// SPDX-License-Identifier: BSD-3-Clause
#include "app/configuration.hpp"

#include <iostream>

namespace rr {

std::optional<options> load_configuration(const arguments& args) {
  auto result = options::read(args, options::own_environment());
  for (const auto& problem : result.problems())
    std::cerr << to_string(problem) << '\n';
  if (result.bad())
    return std::nullopt;
  return result;
}

} // namespace rr
