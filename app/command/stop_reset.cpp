// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/stop_reset.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "app/command/command_arguments.hpp"
#include "app/command/command_output.hpp"
#include "app/runtime/application.hpp"
#include "app/runtime/program_output.hpp"
#include "app/runtime/robot_latch.hpp"
#include "bridges/system/runtime_directory.hpp"
#include "bridges/system/state_directory.hpp"
#include "messages/error.hpp"
#include "messages/log/log_event.hpp"
#include "messages/process/failsafe.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// How long a robot that is just ending is waited for, and in how many looks.
constexpr auto ending_time = std::chrono::milliseconds{2500};
constexpr auto ending_looks = 25;

std::string state_path(const options& opts) {
  return opts.get<std::string>("application.state-directory");
}

/// Of a robot that has been told of an emergency stop, and of nothing else.
failsafe_verdict verdict_on(failsafe_cause cause) {
  failsafe_causes now{};
  now[static_cast<size_t>(cause)] = failsafe_action::emergency_stop;
  return verdict_of(next_failsafe({}, {}, now));
}

int print_line(const std::string& text) {
  return print(text + '\n');
}

/// What root writes for a robot of another user is to be that user's: else the
/// next start could not read who has reset it.
void become_owner(const std::string& path) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(path.c_str(), &status) != 0
      || status.st_uid == 0)
    return;
  // Where the user cannot do it, nobody should.
  static_cast<void>(::setegid(status.st_gid) == 0
                    && ::seteuid(status.st_uid) == 0);
}

/// Before the latch goes, so that no start can miss who has reset it.
caf::error write_reset(const state_directory& state, const found_latch& latch,
                       const std::string& by) {
  stop_reset reset;
  reset.by = by;
  reset.reset_at = format_timestamp(std::chrono::system_clock::now());
  reset.cause = latch.stop ? latch.stop->cause : "unknown: " + latch.fault;
  reset.time = latch.stop ? latch.stop->time : "unknown";
  return state.replace(reset_file, to_file(reset));
}

} // namespace

std::optional<int> refusal_to_run(const options& opts) {
  auto state = state_directory::open_existing(state_path(opts));
  if (!state && opts.get<bool>("emergency-stop.latch"))
    return run_time_error(caf::make_error(
      ec::system_error, "cannot tell whether an emergency stop is latched: "
                          + describe(state.error())));
  if (!state || !*state)
    return std::nullopt;
  auto latch = find_latch(**state);
  if (!latch)
    return std::nullopt;
  print_error("refused: " + describe(*latch)
              + "; once the robot is safe, reset it by robot-runtime estop "
                "--reset, with the same configuration ("
              + visible_path((*state)->path()) + '/' + latch_file + ')');
  return exit_code_of(verdict_on(failsafe_cause::earlier_stop).end,
                      opts.get<int>("emergency-stop.exit-code"));
}

int reset_stop(const options& opts, const std::string& by) {
  // A robot that runs is not latched, and one that stops is about to be.
  auto directory = opts.get<std::string>("application.runtime-directory");
  auto held_off = runtime_directory::hold_off(directory);
  // One that has been stopped writes its black box last.
  for (auto i = 0; i < ending_looks && !held_off; ++i) {
    std::this_thread::sleep_for(ending_time / ending_looks);
    held_off = runtime_directory::hold_off(directory);
  }
  if (!held_off)
    return run_time_error(
      caf::make_error(ec::system_error, "nothing is reset while a robot runs: "
                                          + describe(held_off.error())));
  become_owner(state_path(opts));
  auto state = state_directory::open_existing(state_path(opts));
  if (!state)
    return run_time_error(state.error());
  auto latch = *state ? find_latch(**state) : std::nullopt;
  if (!latch)
    return print_line("no emergency stop is latched in " + state_path(opts));
  if (auto failed = write_reset(**state, *latch, by))
    return run_time_error(caf::make_error(
      ec::system_error, "the stop stays latched: " + describe(failed)));
  if (auto failed = (*state)->remove(latch_file)) {
    // Nobody has reset anything.
    (*state)->remove(reset_file);
    return run_time_error(caf::make_error(
      ec::system_error, "the stop stays latched: " + describe(failed)));
  }
  return print_line("reset by " + visible_text(by)
                    + "; it was: " + describe(*latch));
}

} // namespace rr
