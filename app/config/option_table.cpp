// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/option_table.hpp"

#include <algorithm>

namespace rr {

namespace {

using enum option_type;

/// What every option has, and in `rest` what only some have.
constexpr option_row option(std::string_view group, std::string_view key,
                            option_type type, std::string_view initial,
                            std::string_view help, option_row rest = {}) {
  rest.group = group;
  rest.key = key;
  rest.type = type;
  rest.initial = initial;
  rest.help = help;
  return rest;
}

constexpr option_row rows[] = {
  option("application", "name", name, R"("robot")",
         "Bound into every log event as `app`; services and clients are "
         "named after it."),
  option("application", "state-directory", path, R"("")",
         "What must survive a reboot. \"\": /var/lib/robot-runtime as root, "
         "else robot-runtime in $XDG_STATE_HOME or ~/.local/state."),
  option("application", "runtime-directory", path, R"("")",
         "Sockets and locks. \"\": /run/robot-runtime as root, else "
         "$XDG_RUNTIME_DIR/robot-runtime or /tmp/robot-runtime-UID."),
  option("application", "thread-pool-workers", integer, "1",
         "Threads for handlers that block.", {.max = 64}),
  option("application", "stop-timeout", duration, "5s",
         "How long an orderly stop waits for what is no child."),
  option("application", "debug", boolean, "false",
         "Log level `debug`, and the actor system's own diagnostics."),
  option("router", "frontend", addresses,
         R"(["tcp://127.0.0.1:6000", "ipc://RUNTIME/rpc.sock"])",
         "Where clients connect."),
  option("router", "backend", addresses, R"(["ipc://RUNTIME/service.sock"])",
         "Where services connect."),
  option("router", "queue", integer, "100000",
         "Messages that wait for one peer.",
         {.max = std::numeric_limits<int32_t>::max()}),
  option("router", "max-message", integer, "16777216",
         "Bytes; a peer that sends more is disconnected."),
  option("log", "level", choice, R"("info")",
         "The least level of the events that are published.",
         {.choices = "debug info warning error critical",
          .alias = "warn=warning"}),
  option("log", "format", choice, R"("auto")",
         "On standard output: auto is pretty on a terminal, for people, else "
         "json; where systemd has connected it to the journal, events go there "
         "with their fields instead.",
         {.choices = "auto json pretty"}),
  option("log", "frontend", addresses, R"(["tcp://127.0.0.1:6001"])",
         "Where readers of log events connect."),
  option("log", "backend", addresses, R"(["ipc://RUNTIME/log.sock"])",
         "Where publishers of log events connect."),
  option("log", "queue", integer, "512",
         "Lines of children that wait for the publisher, and as many for "
         "standard output; errors have as much room again, and so have other "
         "events. Beyond it they are dropped and counted.",
         {.max = std::numeric_limits<int32_t>::max()}),
  option("log", "file", path, R"("")",
         "A file for events as lines of JSON; \"\" for none."),
  option("log", "max-size", integer, "10485760",
         "Bytes after which a new file is begun."),
  option("log", "max-files", integer, "5",
         "Files that are kept, the newest included.", {.max = 1000}),
  option("update", "address", udp_address, R"("udp://224.1.1.1:6003")",
         "Multicast of device updates."),
  option("update", "interval", duration, "100ms",
         "Between two device updates."),
  option("update", "full-interval", duration, "2s",
         "Between two updates that carry every parameter."),
  option("update", "interface", interface_name, R"("127.0.0.1")",
         "Where updates leave, by address or name; \"\" for the kernel's "
         "choice."),
  option("update", "datagram", integer, "1400",
         "Bytes beyond which an update is split by device; 65507 for never.",
         {.min = 508, .max = 65507}),
  option("control", "address", udp_address, R"("udp://127.0.0.1:6002")",
         "Where control packets of a driver station arrive."),
  option("control", "timeout", duration, "500ms",
         "Silence after which control packets have ceased."),
  option("control", "on-timeout", choice, R"("neutral")",
         "What is done when control packets cease.",
         {.choices = "neutral emergency-stop none"}),
  option("control", "max-age", duration, "250ms",
         "How much longer than the fastest a packet that tells its time may "
         "be under way."),
  option("control", "allow-from", prefixes, "[ ]",
         "The addresses and prefixes of hosts that may send control packets; "
         "[ ] for all."),
  option("device", "catalog", path, R"("")",
         "The file that describes device types; \"\" for none."),
  option("device", "shared", boolean, "true",
         "Whether buffers lie in shared memory or in private memory."),
  option("device", "prefix", short_name, R"("rr")",
         "What the names of shared objects begin with."),
  option("device", "names", uids, "{ }",
         "A name for each UID, as text: { arm = \"0x1234\" }."),
  option("client", "timeout", duration, "5s",
         "How long a remote call waits for its answer."),
  option("client", "options", zmq_options, "{ SNDTIMEO = 1000 }",
         "ZMQ socket options of clients, by name."),
  option("service", "workers", integer, "5",
         "Calls that a service runs at once.", {.max = 1000}),
  option("service", "timeout", duration, "30s", "How long a call may run."),
  option("service", "max-payload", integer, "1048576",
         "Bytes; a larger payload is malformed."),
  option("service", "options", zmq_options, "{ SNDTIMEO = 1000 }",
         "ZMQ socket options of services, by name."),
  option("health", "interval", duration, "60s",
         "Between two `Health check` events."),
  option("emergency-stop", "exit-code", integer, "255",
         "What a child exits with to stop the robot.", {.min = 4, .max = 255}),
  option("emergency-stop", "latch", boolean, "true",
         "Whether a stop must be reset by hand before the next start."),
  option("emergency-stop", "terminate-timeout", duration, "250ms",
         "Between SIGTERM and SIGKILL in an emergency."),
  option("emergency-stop", "heartbeat", duration, "20ms",
         "How often the robot's state in shared memory is renewed."),
  option("emergency-stop", "heartbeat-timeout", duration, "100ms",
         "After which readers take the robot's state as stale.",
         {.max = 60'000'000'000}),
  option("web", "address", web_address, R"("")",
         "The page: http://host:port, or https:// with certificate and key; "
         "\"\" for none."),
  option("web", "certificate", path, R"("")",
         "The page's certificate, for https://."),
  option("web", "key", path, R"("")", "The certificate's key, for https://."),
  option("web", "token-file", path, R"("")",
         "The file with the token that the page asks for; an address that is "
         "not loopback needs one."),
  option("record", "keep", duration, "60s",
         "How much time the black box holds; 0s for no black box.", {.min = 0}),
  option("record", "memory", integer, "8388608",
         "Bytes of memory, in the runtime directory, that it takes at most.",
         {.min = 262'144, .max = 1'073'741'824}),
  option("record", "directory", path, R"("")",
         "Where black boxes are written; \"\" for records in the state "
         "directory."),
  option("record", "max-files", integer, "20", "How many black boxes are kept.",
         {.max = 1'000'000}),
  option(
    "scheduling", "real-time-priority", integer, "0",
    "SCHED_FIFO of the threads that stop the robot, beat and hear drivers, "
    "1 to 99; 0 for none that must be had.",
    {.min = 0, .max = 99}),
  option("scheduling", "cpu-affinity", integers, "[ ]",
         "The processors that the runtime's own threads may run on; [ ] for "
         "all.",
         {.min = 0, .max = 1023}),
  option("scheduling", "lock-memory", boolean, "false",
         "Whether the runtime's memory stays in memory (mlockall)."),
};

constexpr option_row process_keys[] = {
  option("process", "command", texts, {},
         "Program and arguments; a program without a slash is looked up in "
         "the child's PATH, one with a slash in its directory or else in this "
         "file's folder.",
         {.required = true}),
  option("process", "directory", path, R"("")",
         "Working directory, relative to this file's folder; \"\" for the "
         "runtime's own."),
  option("process", "environment", text_map, "{ }",
         "Variables on top of those that every child gets."),
  option("process", "terminate-timeout", duration, "2s",
         "Between SIGTERM and SIGKILL.", {.min = 0}),
  option("process", "output", choice, R"("log")",
         "Every line a log event, the runtime's own output, or /dev/null.",
         {.choices = "log inherit null"}),
  option("process", "restart", choice, R"("never")",
         "When it is started again.", {.choices = "never on-failure always"}),
  option("process", "restart-delay", duration, "100ms",
         "Before the first restart; it doubles from one to the next."),
  option("process", "restart-max-delay", duration, "10s",
         "What the delay doubles up to."),
  option("process", "restart-limit", integer, "5",
         "Restarts within the window, past which it is given up.", {.min = 0}),
  option("process", "restart-window", duration, "30s",
         "The time in which restarts are counted."),
  option("process", "healthy-after", duration, "10s",
         "A run of this length takes the delay back to its start."),
  option("process", "on-failure", choice, R"("stop")",
         "What the robot does when it has failed for good.",
         {.choices = "ignore stop emergency-stop"}),
  option("process", "on-success", choice, R"("ignore")",
         "What the robot does when it has ended well.",
         {.choices = "ignore stop"}),
  option("process", "after", texts, "[ ]",
         "The processes that must be ready before it starts."),
  option("process", "ready", choice, R"("started")",
         "Ready when it executes, when it says so (sd_notify), or once "
         "the probe has succeeded.",
         {.choices = "started notify probe"}),
  option("process", "ready-timeout", duration, "10s",
         "How long it may take to become ready."),
  option("process", "watchdog", duration, "0s",
         "The longest silence between two heartbeats; 0s for no watchdog.",
         {.min = 0}),
  option("process", "probe", texts, "[ ]",
         "A program and arguments; its exit code 0 says that the child is "
         "well."),
  option("process", "probe-interval", duration, "1s", "Between two probes."),
  option("process", "probe-timeout", duration, "1s",
         "After which a probe has failed."),
  option("process", "probe-limit", integer, "3",
         "Failures in a row after which a child that has been ready is ended "
         "as failed."),
  option("process", "memory-max", integer, "0",
         "Bytes of memory; 0 for no limit.", {.min = 0}),
  option("process", "open-files", integer, "0",
         "Descriptors; 0 for no limit of its own.", {.min = 0}),
  option("process", "nice", integer, "0",
         "Its share of the processor; the lower, the larger.",
         {.min = -20, .max = 19}),
  option("process", "cpu-affinity", integers, "[ ]",
         "The processors that it may run on; [ ] for all.",
         {.min = 0, .max = 1023}),
  option("process", "user", text, R"("")",
         "The user that it runs as, by name or number; \"\" for the "
         "runtime's."),
  option("process", "group", text, R"("")",
         "The group that it runs as, by name or number; \"\" for the "
         "user's."),
  option("process", "no-new-privileges", boolean, "true",
         "Whether what it executes gains no privileges (setuid)."),
};

} // namespace

std::span<const option_row> option_table() noexcept {
  return rows;
}

std::span<const option_row> process_table() noexcept {
  return process_keys;
}

const option_row* find_option(std::string_view group,
                              std::string_view key) noexcept {
  auto i = std::ranges::find_if(rows, [=](const option_row& row) {
    return row.group == group && row.key == key;
  });
  return i != std::end(rows) ? &*i : nullptr;
}

const option_row* find_process_key(std::string_view key) noexcept {
  auto i = std::ranges::find(process_keys, key, &option_row::key);
  return i != std::end(process_keys) ? &*i : nullptr;
}

} // namespace rr
