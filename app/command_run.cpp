// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include "app/command_arguments.hpp"
#include "app/commands.hpp"
#include "app/configuration.hpp"
#include "app/robot.hpp"
#include "bridges/runtime_directory.hpp"
#include "bridges/signal_listener.hpp"
#include "bridges/standard_output.hpp"

namespace rr {

namespace {

int run_robot(const options& opts, std::shared_ptr<log_output> output) {
  robot instance{opts, std::move(output)};
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
  auto opts = load_configuration(args);
  if (!opts)
    return exit_usage;
  block_stop_signals();
  auto directory = runtime_directory::make(
    opts->get<std::string>("application.runtime-directory"));
  if (!directory)
    return run_time_error(directory.error());
  auto output = standard_output::make(output_settings(*opts));
  if (!output)
    return run_time_error(output.error());
  auto result = run_robot(*opts, *output);
  // Last of all: what ends with the robot may still have something to say.
  (*output)->close();
  return result;
}

} // namespace rr
