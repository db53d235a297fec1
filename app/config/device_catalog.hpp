// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "app/config/config_problem.hpp"
#include "app/config/options.hpp"
#include "messages/device/catalog.hpp"

namespace rr {

/// The catalog of `device.catalog`, and what is wrong with it or with the UIDs
/// of `device.names`.
struct device_catalog {
  /// Empty where no file is named.
  catalog types;
  std::vector<config_problem> problems;

  /// @param opts may have errors: a value that is wrong is the default there.
  /// @param verbose whether each parameter without a safe value is named; else
  ///                one warning says how many there are.
  static device_catalog load(const options& opts, bool verbose = false);
};

} // namespace rr
