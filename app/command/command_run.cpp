// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include "app/command/commands.hpp"
#include "app/command/stop_reset.hpp"
#include "app/config/configuration.hpp"
#include "app/config/reread_configuration.hpp"
#include "app/config/scheduling_options.hpp"
#include "app/runtime/program_output.hpp"
#include "app/runtime/robot.hpp"
#include "bridges/process/adopted_children.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/process/runtime_scheduling.hpp"
#include "bridges/system/input_file.hpp"
#include "bridges/system/runtime_directory.hpp"
#include "bridges/system/signal_listener.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// What else cannot be opened says what to change.
caf::error with_step(const caf::error& what) {
  if (describe(what).find("address already in use") == std::string::npos)
    return what;
  return with_next_step(what,
                        "ss -lpn tells who has it, and another robot needs "
                        "an address of its own");
}

/// @param env of the start: what of it this process changes is not read again.
int run_robot(const command_arguments& given, const options::environment& env,
              std::shared_ptr<const configuration> config,
              std::shared_ptr<log_dispatcher> log) {
  robot instance{config->opts, config->types, std::move(log)};
  // For a thread that may outlive this function.
  instance.reread_by([args = given.given_options(), env, config] {
    return reread_configuration(args, env, *config);
  });
  if (auto what = instance.open())
    return run_time_error(with_step(what));
  return instance.run();
}

int load_and_run(const command_arguments& given) {
  settle_runtime();
  auto env = options::own_environment();
  auto loaded
    = load_configuration(gather_sources(given.given_options(), input_patience));
  if (!loaded)
    return exit_usage;
  auto config = std::make_shared<const configuration>(std::move(*loaded));
  if (auto refused = settle_scheduling(scheduling_of(config->opts)))
    return run_time_error(refused);
  for (auto block : {block_stop_signals, block_child_signal})
    if (auto failed = block())
      return run_time_error(failed);
  auto directory = runtime_directory::make(
    config->opts.get<std::string>("application.runtime-directory"));
  if (!directory)
    return run_time_error(directory.error());
  // While no other runtime of this directory can write one.
  if (auto refused = refusal_to_run(config->opts))
    return *refused;
  return with_log(config->opts,
                  [&](std::shared_ptr<log_dispatcher> log, const auto&) {
                    return run_robot(given, env, config, std::move(log));
                  });
}

} // namespace

command run_command() {
  return {.help = {.name = "run",
                   .purpose
                   = "Runs the robot, in the foreground, until told to stop. "
                     "Refuses with exit code 3 while an emergency stop is "
                     "latched.",
                   .example = "run --config-file=rover.ini"},
          .function = load_and_run};
}

} // namespace rr
