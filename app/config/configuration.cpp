// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/configuration.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "app/config/device_catalog.hpp"
#include "app/config/installed_file.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

void print(const std::vector<config_problem>& problems) {
  for (const auto& each : problems)
    std::cerr << to_string(each) << '\n';
}

/// A robot that nobody has described would wait for ever.
config_problem nothing_given() {
  return {.where = "command line",
          .group = {},
          .key = "config-file",
          .text = "no configuration: none is named here or by RR_CONFIG_FILE, "
                  "and there is no "
                  + visible_path(installed_config_file())
                  + "; expected --config-file=FILE or robot-runtime init"};
}

} // namespace

option_sources gather_sources(std::vector<std::string> arguments,
                              std::chrono::milliseconds patience,
                              const options::environment& env) {
  return option_sources::gather(std::move(arguments), env, patience,
                                installed_config_file());
}

std::optional<options> load_needed_options(const option_sources& sources,
                                           const option_needs& needs,
                                           bool fall_back) {
  auto result = options::read_needed(sources, needs);
  if (!fall_back) {
    print(result.problems());
    if (result.bad())
      return std::nullopt;
    return result;
  }
  for (auto each : result.problems()) {
    each.is_warning = true;
    each.text += "; going on without it";
    std::cerr << to_string(each) << '\n';
  }
  return result;
}

void warn_of_rest(const option_sources& sources, const options& opts) {
  // To find the errors in one costs seconds, and it is none anyway.
  constexpr size_t largest_checked = 1024 * 1024;
  if (sources.text && sources.text->size() > largest_checked) {
    std::cerr << "warning: " << visible_path(sources.file)
              << ": is larger than 1 MiB and was not checked\n";
    return;
  }
  std::vector<std::string> rest;
  auto told = [&](const config_problem& x) {
    return std::ranges::any_of(opts.problems(), [&](const auto& y) {
      return x.where == y.where && x.group == y.group && x.key == y.key;
    });
  };
  auto everything = options::read(sources);
  for (const auto& each : everything.problems())
    if (!each.is_warning && !each.is_forbidden && !told(each))
      rest.push_back(to_string(each));
  if (rest.empty())
    return;
  std::cerr << "warning: " << rest[0];
  if (rest.size() > 1)
    std::cerr << "; and " << rest.size() - 1
              << " more, which robot-runtime check tells";
  std::cerr << '\n';
}

configuration_reading read_configuration(const option_sources& sources,
                                         bool verbose) {
  configuration_reading result;
  auto& [opts, types] = result.value;
  opts = options::read(sources);
  auto devices = device_catalog::load(opts, verbose);
  types = std::move(devices.types);
  result.problems = opts.problems();
  std::ranges::move(devices.problems, std::back_inserter(result.problems));
  return result;
}

std::optional<configuration> load_configuration(const option_sources& sources,
                                                bool verbose) {
  if (sources.empty()) {
    print({nothing_given()});
    return std::nullopt;
  }
  auto result = read_configuration(sources, verbose);
  print(result.problems);
  if (result.bad())
    return std::nullopt;
  return std::move(result.value);
}

} // namespace rr
