// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include "messages/fwd.hpp"
#include "messages/process/limits.hpp"
#include "messages/process/shared_strings.hpp"

namespace rr {

/// Where a process is in its life. The supervisor draws the transitions.
enum class process_state : uint8_t {
  /// Configured, and not asked to start yet.
  idle,
  /// Those that it comes after are not ready yet.
  waiting,
  /// Handed to the launcher, or its program executes and is not ready yet.
  starting,
  /// Its program executes, and has become ready.
  running,
  /// It has ended by itself, and the delay before its next start runs.
  restarting,
  /// It has been sent SIGTERM and has until its terminate-timeout.
  terminating,
  /// It has been sent SIGKILL.
  killing,
  /// It has ended and has been reaped.
  exited,
  /// It has been given up, or could not be started.
  failed,
};

const char* to_string(process_state state) noexcept;

/// Whether a child is being started, runs, or is being ended.
bool has_child(process_state state) noexcept;

/// Who ended a process, as the thread that signals and reaps it knows.
enum class ended_by : uint8_t {
  /// It ended before it was sent a signal to stop.
  itself,
  /// It ended after SIGTERM.
  terminate,
  /// It ended after SIGKILL.
  kill,
};

const char* to_string(ended_by what) noexcept;

/// Where a child's standard output and standard error go.
enum class process_output : uint8_t {
  /// Captured, every line a log event.
  log,
  /// The runtime's own.
  inherit,
  /// `/dev/null`.
  null,
};

/// What the whole robot does when a child has ended for good.
enum class robot_reaction : uint8_t { ignore, stop, emergency_stop };

/// For people: `none`, `stop`, `emergency stop`.
const char* to_string(robot_reaction what) noexcept;

/// After which ends a child is started again.
enum class restart_policy : uint8_t { never, on_failure, always };

/// How a child is started again that has ended by itself.
struct restart_settings {
  restart_policy policy = restart_policy::never;
  /// Before the first restart; it doubles from one to the next, up to the
  /// maximum.
  std::chrono::nanoseconds delay = std::chrono::milliseconds{100};
  std::chrono::nanoseconds max_delay = std::chrono::seconds{10};
  /// Restarts within the window, past which the child is given up.
  uint32_t limit = 5;
  std::chrono::nanoseconds window = std::chrono::seconds{30};
  /// A run of this length takes the delay back to its start.
  std::chrono::nanoseconds healthy_after = std::chrono::seconds{10};
  friend bool operator==(const restart_settings&, const restart_settings&)
    = default;
};

/// When a child counts as ready.
enum class readiness : uint8_t {
  /// Once its program executes.
  started,
  /// Once it says so, by the `sd_notify` protocol.
  notify,
  /// Once its probe has succeeded.
  probe,
};

/// When a child is ready, and how it tells afterwards that it lives.
struct readiness_settings {
  readiness kind = readiness::started;
  /// How long it may take to become ready.
  std::chrono::nanoseconds timeout = std::chrono::seconds{10};
  /// The longest silence between two heartbeats of one that is ready; zero for
  /// no watchdog.
  std::chrono::nanoseconds watchdog{0};
  friend bool operator==(const readiness_settings&, const readiness_settings&)
    = default;
};

/// A program that tells by its exit code 0 that a child is well.
struct probe_settings {
  /// Program and arguments; empty for no probe.
  std::vector<std::string> command = {};
  /// Between the ends of two probes.
  std::chrono::nanoseconds interval = std::chrono::seconds{1};
  /// After which a probe is killed, and has failed.
  std::chrono::nanoseconds timeout = std::chrono::seconds{1};
  /// Failures in a row after which a child that has been ready is ended.
  uint32_t limit = 3;
  friend bool operator==(const probe_settings&, const probe_settings&)
    = default;
};

/// The name of a signal, as in `SIGSEGV`.
std::string signal_name(int number);

/// What a supervisor and the launcher need to know of one child: a
/// `[process.NAME]` section, validated, with its environment made.
struct process_settings {
  /// `[a-z0-9-]`, 1 to 32 characters, unique.
  std::string name = {};
  /// Program and arguments; never empty. A program without a slash is looked
  /// up in the `PATH` of `environment`.
  std::vector<std::string> command = {};
  /// Working directory; empty for the runtime's own.
  std::string directory = {};
  /// The complete environment, each `KEY=VALUE`.
  shared_strings environment = {};
  /// Between SIGTERM and SIGKILL; zero and up.
  std::chrono::nanoseconds terminate_timeout = std::chrono::seconds{2};
  process_output output = process_output::log;
  restart_settings restart = {};
  readiness_settings ready = {};
  probe_settings probe = {};
  limit_settings limits = {};
  robot_reaction on_failure = robot_reaction::stop;
  robot_reaction on_success = robot_reaction::ignore;
  /// Names of the processes that are ready before this one starts.
  std::vector<std::string> after = {};
  /// Whether the emergency-stop code, of this one, is an emergency: of a probe
  /// it is no more than a failure.
  bool raises_emergency = true;
  friend bool operator==(const process_settings&, const process_settings&)
    = default;
};

/// Fact: the child's program executes.
struct process_started {
  int32_t pid = 0;
  friend bool operator==(const process_started&, const process_started&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_started& x) {
  return f(caf::meta::type_name("process_started"), x.pid);
}

/// Fact: the child's program could not be executed. Nothing of it is left.
struct process_start_failed {
  /// `ec::start_failed`; the text names the step, the path and the cause.
  caf::error reason;
  friend bool operator==(const process_start_failed& x,
                         const process_start_failed& y) {
    return x.reason == y.reason;
  }
};

template <class Inspector>
auto inspect(Inspector& f, process_start_failed& x) {
  return f(caf::meta::type_name("process_start_failed"), x.reason);
}

/// Fact: the child has ended and has been reaped, and nothing that it started
/// is left.
struct process_exited {
  /// 0 to 255, or -N for death by signal N.
  int32_t exit_code = 0;
  ended_by cause{};
  bool core_dumped = false;
  /// Processor time, with that of all that it has waited for.
  std::chrono::nanoseconds cpu{0};
  /// The most memory that it, or one that it has waited for, ever had. The
  /// kernel counts what the runtime had when it started the child, so that a
  /// small child has the runtime's; 0 when somebody else has reaped it.
  uint64_t max_resident_kib = 0;
  /// What is known besides of why it has failed, such as `memory limit of
  /// 1048576 bytes reached`; mostly empty. With one it has failed, whatever it
  /// exited with.
  std::string reason = {};
  friend bool operator==(const process_exited&, const process_exited&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_exited& x) {
  return f(caf::meta::type_name("process_exited"), x.exit_code, x.cause,
           x.core_dumped, x.cpu, x.max_resident_kib, x.reason);
}

/// Order: start the process of that name, which does not run.
struct start_process {
  std::string name;
  friend bool operator==(const start_process&, const start_process&) = default;
};

/// Order: terminate the process of that name.
struct stop_process {
  std::string name;
  friend bool operator==(const stop_process&, const stop_process&) = default;
};

/// Order: start the process of that name anew.
struct restart_process {
  std::string name;
  friend bool operator==(const restart_process&, const restart_process&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, start_process& x) {
  return f(caf::meta::type_name("start_process"), x.name);
}

template <class Inspector>
auto inspect(Inspector& f, stop_process& x) {
  return f(caf::meta::type_name("stop_process"), x.name);
}

template <class Inspector>
auto inspect(Inspector& f, restart_process& x) {
  return f(caf::meta::type_name("restart_process"), x.name);
}

/// How a child has ended, as `status` tells.
struct last_end {
  std::chrono::system_clock::time_point time{};
  std::chrono::nanoseconds ran{0};
  /// As in `process_exited`; none of one that could not be started.
  caf::optional<int32_t> exit_code;
  /// For people.
  std::string reason;
  bool failed = false;
  friend bool operator==(const last_end&, const last_end&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, last_end& x) {
  return f(caf::meta::type_name("last_end"), x.time, x.ran, x.exit_code,
           x.reason, x.failed);
}

/// Fact: where a process is in its life has changed.
struct process_moved {
  std::string name;
  process_state state{};
  /// Whether what comes after it may start: it is ready, or has been, and has
  /// ended well since.
  bool followed = false;
  /// From when on it is there.
  caf::timestamp since{};
  friend bool operator==(const process_moved&, const process_moved&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_moved& x) {
  return f(caf::meta::type_name("process_moved"), x.name, x.state, x.followed,
           x.since);
}

/// How one process took part in the start of the robot; times since that.
struct process_startup {
  /// None while it has not begun to start.
  caf::optional<caf::timespan> began;
  /// When it first became ready; none while it has not.
  caf::optional<caf::timespan> ready;
  /// What it comes after.
  std::vector<std::string> after;
  friend bool operator==(const process_startup&, const process_startup&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_startup& x) {
  return f(caf::meta::type_name("process_startup"), x.began, x.ready, x.after);
}

/// What `status` tells of one process.
struct process_status {
  std::string name;
  process_state state{};
  /// None while there is no child.
  caf::optional<int32_t> pid;
  uint32_t restarts = 0;
  /// None while no child has ended.
  caf::optional<int32_t> last_exit;
  /// None while no child has ended.
  caf::optional<rr::last_end> last_end;
  /// Of the child: processor time so far, and memory. None while there is none.
  caf::optional<std::chrono::nanoseconds> cpu;
  caf::optional<uint64_t> resident_kib;
  /// How all that it starts is kept together, and what is not kept; empty
  /// where it is not known.
  std::string containment = {};
  limit_status limits = {};
  bool ready = false;
  /// Of the state and of its being ready or not.
  caf::timestamp since{};
  /// The processes that it waits for.
  std::vector<std::string> waiting_for;
  /// What it has last said of itself; visible characters alone.
  std::string status_text;
  process_startup startup;
  friend bool operator==(const process_status&, const process_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, process_status& x) {
  return f(caf::meta::type_name("process_status"), x.name, x.state, x.pid,
           x.restarts, x.last_exit, x.last_end, x.cpu, x.resident_kib,
           x.containment, x.limits, x.ready, x.since, x.waiting_for,
           x.status_text, x.startup);
}

} // namespace rr
