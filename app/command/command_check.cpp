// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/config/config_text.hpp"
#include "app/config/configuration.hpp"

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
  auto rest = args;
  auto verbose = std::erase(rest, "--verbose") > 0;
  auto config = load_configuration(rest, verbose);
  if (!config)
    return exit_usage;
  return print(summary(*config) + '\n');
}

} // namespace rr
