// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

// First: its enumerator `json` would shadow the type.
#include "bridges/standard_output.hpp"

#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "app/configuration.hpp"
#include "app/robot.hpp"
#include "bridges/runtime_directory.hpp"
#include "bridges/signal_listener.hpp"

namespace rr {

namespace {

int run_robot(const configuration& config, std::shared_ptr<log_output> output) {
  robot instance{config.opts, config.types, std::move(output)};
  if (auto what = instance.open())
    return run_time_error(what);
  return instance.run();
}

standard_output_settings output_settings(const options& opts) {
  standard_output_settings result;
  result.format = opts.get<std::string>("log.format") == "pretty"
                    ? log_format::pretty
                    : log_format::json;
  result.level = *parse_log_level(opts.get<std::string>("log.level"));
  result.queue = static_cast<size_t>(opts.get<int64_t>("log.queue"));
  result.app = opts.get<std::string>("application.name");
  return result;
}

} // namespace

int command_run(const arguments& args) {
  auto config = load_configuration(args);
  if (!config)
    return exit_usage;
  block_stop_signals();
  auto directory = runtime_directory::make(
    config->opts.get<std::string>("application.runtime-directory"));
  if (!directory)
    return run_time_error(directory.error());
  auto output = standard_output::make(output_settings(config->opts));
  if (!output)
    return run_time_error(output.error());
  auto result = run_robot(*config, *output);
  // Last of all: what ends with the robot may still have something to say.
  (*output)->close();
  return result;
}

} // namespace rr
