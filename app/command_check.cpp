// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "app/config_text.hpp"
#include "app/configuration.hpp"
#include "messages/error.hpp"

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

} // namespace

int command_check(const arguments& args) {
  auto config = load_configuration(args);
  if (!config)
    return exit_usage;
  if (!(std::cout << summary(*config) << std::endl))
    return run_time_error(
      caf::make_error(ec::system_error, "cannot write to standard output"));
  return exit_success;
}

} // namespace rr
