// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/config/configuration.hpp"
#include "app/config/scheduling_options.hpp"
#include "bridges/process/containment.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// `3 processes`.
std::string counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

/// What was found, in one line.
/// @param given what was named as the file, which may be a pipe.
std::string summary(const configuration& config, const std::string& given) {
  const auto& file = config.opts.file().empty() ? given : config.opts.file();
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
  auto sources = gather_sources(given.given_options(), input_patience);
  auto config = load_configuration(sources, verbose);
  if (!config)
    return exit_usage;
  if (!config->opts.processes().empty())
    warn_of_containment();
  warn_of_scheduling(config->opts);
  return print(summary(*config, sources.file) + '\n');
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
