// SPDX-License-Identifier: BSD-3-Clause
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/config/record_options.hpp"
#include "bridges/black_box/record_directory.hpp"
#include "bridges/black_box/ring_export.hpp"
#include "bridges/black_box/ring_reader.hpp"
#include "bridges/system/private_directory.hpp"
#include "bridges/system/signal_listener.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using record_clock = std::chrono::steady_clock;

/// Between two looks at what has come.
constexpr std::chrono::milliseconds record_look_time{40};

/// Whether the runtime lives that writes the memory.
bool is_written(const ring_reader& ring) {
  const auto& what = ring.description();
  return !what.is_done && what.pid > 0
         && (::kill(what.pid, 0) == 0 || errno == EPERM);
}

caf::error explain_missing(const caf::error& why, const std::string& memory) {
  return caf::make_error(ec::system_error,
                         describe(why) + "; " + memory
                           + " is the memory of a runtime with [record] keep "
                             "above 0s, and there is none");
}

/// Where the file is to be.
caf::expected<record_target> target_of(const command_arguments& given) {
  record_target result{{}, true, record_by_command};
  if (auto output = given.get("output")) {
    result.path = *output;
    return result;
  }
  auto directory = records_directory(given.opts());
  if (auto failed = make_private_directory(directory))
    return failed;
  auto name = record_name(std::chrono::system_clock::now(), record_by_command);
  result.path = directory + '/' + name;
  result.replaces = false;
  return result;
}

int record(const command_arguments& given) {
  auto memory = black_box_memory(given.opts());
  auto ring = ring_reader::open(memory);
  if (!ring)
    return run_time_error(explain_missing(ring.error(), memory));
  auto time = given.duration("for");
  if (time && !is_written(**ring))
    return run_time_error(
      caf::make_error(ec::system_error,
                      "cannot record for a time: no runtime writes to " + memory
                        + "; without --for what is in it is "
                          "written"));
  if (given.get("output") == "")
    return usage_error("--output: expected the name of a file", "record");
  auto target = target_of(given);
  if (!target)
    return run_time_error(target.error());
  // A person who has seen enough gets what there is.
  std::atomic<bool> interrupted{false};
  block_stop_signals();
  auto signals = signal_listener::make([&](int) { interrupted = true; });
  if (!signals)
    return run_time_error(signals.error());
  auto end = record_clock::now() + time.value_or(caf::timespan{0});
  auto written = write_record(**ring, *target, [&] {
    auto goes_on = record_clock::now() < end && !interrupted
                   && is_written(**ring);
    if (goes_on)
      std::this_thread::sleep_for(record_look_time);
    return goes_on;
  });
  if (!written)
    return run_time_error(written.error());
  if (!given.get("output"))
    prune_records(records_directory(given.opts()),
                  given.opts().get<size_t>("record.max-files"), *written);
  return print(*written + '\n');
}

} // namespace

command record_command() {
  return {
    .help
    = {.name = "record",
       .purpose
       = "Writes what the black box holds to a file (MCAP), and prints its "
         "name. In it are the last events, states, control packets and values "
         "of "
         "devices. No runtime is needed: the memory of one that was killed "
         "is there until the next has written it.",
       .options
       = {{"--for=DURATION",
           "For how long what comes is written, too; not at all."},
          {"--output=FILE", "The file; a new one in record.directory."}},
       .example = "record --for=30s --output=drive.mcap"},
    .needs = {{"application.runtime-directory", "application.state-directory",
               "record.directory", "record.max-files"}},
    .function = record};
}

} // namespace rr
