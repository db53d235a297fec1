// SPDX-License-Identifier: BSD-3-Clause
#include "app/configuration.hpp"

#include <iostream>

#include "app/device_catalog.hpp"

namespace rr {

namespace {

void print(const std::vector<config_problem>& problems) {
  for (const auto& each : problems)
    std::cerr << to_string(each) << '\n';
}

} // namespace

std::optional<options> load_options(const arguments& args) {
  auto result = options::read(args, options::own_environment());
  print(result.problems());
  if (result.bad())
    return std::nullopt;
  return result;
}

std::optional<configuration> load_configuration(const arguments& args,
                                                bool verbose) {
  auto opts = options::read(args, options::own_environment());
  auto devices = device_catalog::load(opts, verbose);
  print(opts.problems());
  print(devices.problems);
  if (opts.bad() || devices.bad())
    return std::nullopt;
  return configuration{std::move(opts), std::move(devices.types)};
}

} // namespace rr
