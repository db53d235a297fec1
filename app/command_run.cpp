// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>

#include "app/commands.hpp"
#include "app/configuration.hpp"
#include "app/robot.hpp"
#include "bridges/runtime_directory.hpp"
#include "bridges/signal_listener.hpp"
#include "bridges/standard_output.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

int fail(const caf::error& what) {
  std::cerr << "robot-runtime: " << describe(what) << '\n';
  return exit_failure;
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
    return fail(directory.error());
  auto output = standard_output::make(output_settings(*opts));
  if (!output)
    return fail(output.error());
  robot instance{*opts, *output};
  if (auto what = instance.open())
    return fail(what);
  auto result = instance.run();
  (*output)->close();
  return result;
}

} // namespace rr
