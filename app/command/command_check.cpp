// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/config/configuration.hpp"
#include "app/config/scheduling_options.hpp"
#include "bridges/process/containment.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// `3 processes`.
std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

/// What was found, in one line.
std::string summary(const configuration& config) {
  const auto& file = config.opts.file();
  const auto& names = config.opts.get<caf::settings>("device.names");
  return (file.empty() ? "no configuration file" : visible_path(file)) + ": "
         + counted(config.opts.processes().size(), "process", "processes")
         + ", "
         + counted(config.types.types().size(), "type of device",
                   "types of devices")
         + ", " + counted(names.size(), "named device", "named devices");
}

/// A promise that is not kept here is told.
void warn_of_containment() {
  if (probe_containment() == containment_kind::cookie)
    std::cerr << "warning: neither control groups nor process namespaces can "
                 "be made here: a daemon that discards its environment "
                 "outlives a killed runtime\n";
}

/// As this user, from here.
void warn_of_scheduling(const options& opts) {
  for (const auto& fault : scheduling_faults(scheduling_of(opts)))
    std::cerr << "warning: `run` would fail: " << describe(fault) << '\n';
}

int check(const command_arguments& given) {
  auto verbose = given.get("verbose").has_value();
  auto config = load_configuration(given.given_options(), verbose);
  if (!config)
    return exit_usage;
  if (!config->opts.processes().empty())
    warn_of_containment();
  warn_of_scheduling(config->opts);
  return print(summary(*config) + '\n');
}

} // namespace

command check_command() {
  return {
    .help
    = {.name = "check",
       .purpose = "Validates the configuration without starting anything.",
       .options = {{"--verbose", "Names each parameter without a safe value."}},
       .example = "check --config-file=rover.ini"},
    .function = check};
}

} // namespace rr
