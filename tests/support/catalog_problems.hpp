// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "bridges/catalog/catalog_file.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

using lines = std::vector<std::string>;

/// Every problem of a text.
inline lines problems(std::string_view text) {
  lines result;
  for (const auto& each : read_catalog(text).problems)
    result.push_back(to_string(each));
  return result;
}

/// Every problem of a type with this parameter in line 3.
inline lines problems_with(const std::string& parameter) {
  return problems("motor:\n  params:\n    - {" + parameter + "}\n");
}

} // namespace rr::test
