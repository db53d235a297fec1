// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/peer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iostream>

#include "app/config/exit_code.hpp"
#include "app/config/help.hpp"
#include "app/config/version.hpp"
#include "app/peer/peer_devices.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "app/runtime/robot_devices.hpp"
#include "app/runtime/runtime_watch.hpp"
#include "bridges/control/control_link.hpp"
#include "bridges/process/adopted_children.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/runtime_directory.hpp"
#include "bridges/system/signal_listener.hpp"
#include "bridges/system/worker_threads.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

/// Longest reason of an emergency stop, in bytes: it becomes a log event.
constexpr size_t max_reason = 1024;

/// Prints what is wrong and of this program's concern: the children are the
/// runtime's, and so is a warning that it has given already.
bool report_problems(const options& opts) {
  auto any = false;
  for (const auto& problem : opts.problems()) {
    if (problem.is_warning || problem.group.starts_with("process."))
      continue;
    std::cerr << to_string(problem) << '\n';
    any = true;
  }
  return any;
}

/// What `--help` and `--version` print; none when neither is there. What comes
/// after `--` is the program's own.
std::optional<std::string> asked_for(const std::vector<std::string>& words) {
  auto end = std::find(words.begin(), words.end(), "--");
  auto has = [&](const char* word) {
    return std::find(words.begin(), end, word) != end;
  };
  std::string name{program_invocation_short_name};
  if (has("--help") || has("-h"))
    return peer_help_text(name);
  if (has("--version"))
    return name + " (robot-runtime " + std::string{version} + ")\n";
  return std::nullopt;
}

/// Whoever reads the devices counts on a heartbeat.
/// @returns null where there are none.
caf::expected<std::unique_ptr<runtime_watch>> watch_over(robot_devices* devices,
                                                         const host& owner) {
  if (!devices)
    return std::unique_ptr<runtime_watch>{};
  const auto& opts = owner.opts();
  auto watch = runtime_watch::start(
    {.interval = opts.get<caf::timespan>("emergency-stop.heartbeat"),
     .patience = opts.get<caf::timespan>("emergency-stop.heartbeat-timeout"),
     .log = owner.log(),
     .beat = [devices] { devices->beat(); },
     .begin_anew = [devices] { devices->begin_anew(); },
     .hold = {},
     .environment = [](const char*) -> const char* { return nullptr; }});
  if (watch)
    (*watch)->add(owner);
  return watch;
}

} // namespace

peer::peer(const options& opts, std::vector<std::string> arguments,
           std::shared_ptr<log_dispatcher> log,
           std::shared_ptr<log_output> printed)
  : opts_(opts),
    arguments_(std::move(arguments)),
    outputs_(std::move(log)),
    printed_(std::move(printed)),
    host_(std::make_unique<host>(opts, outputs_)) {
}

peer::~peer() = default;

void peer::emergency_stop(const std::string& reason) {
  host_->cord().pull(
    {"", utf8_prefix(reason, max_reason), host_->emergency_exit_code()});
}

void peer::stop(const std::string& reason) {
  host_->stop(reason);
}

const event_log& peer::log() const noexcept {
  return host_->log();
}

int peer::run(const peer_set_up& set_up) {
  if (auto failed = open(set_up)) {
    print_error(describe(failed));
    return exit_failure;
  }
  auto watch = watch_over(devices_.get(), *host_);
  if (!watch) {
    print_error(describe(watch.error()));
    return exit_failure;
  }
  return host_->run();
}

caf::error peer::open(const peer_set_up& set_up) {
  for (auto step : {&host::open_context, &host::open_workers})
    if (auto failed = ((*host_).*step)())
      return failed;
  if (under_runtime())
    publish_log();
  try {
    fail(set_up(*this));
  } catch (const std::exception& x) {
    fail(caf::make_error(ec::bad_configuration, std::string{x.what()}));
  } catch (...) {
    fail(caf::make_error(ec::bad_configuration,
                         std::string{"the set-up threw no std::exception"}));
  }
  for (auto step : {&peer::open_services, &peer::open_children})
    if (!failure_)
      fail((this->*step)());
  return failure_ ? failure_ : host_->open_application();
}

caf::error peer::open_services() {
  for (auto& [node, methods] : services_)
    if (auto failed = host_->open_service(std::move(methods), node))
      return failed;
  return {};
}

caf::error peer::open_children() {
  if (children_.empty())
    return {};
  if (auto failed = host_->open_children())
    return failed;
  for (auto& child : children_)
    host_->supervise(std::move(child));
  return {};
}

void peer::fail(caf::error what) {
  if (!failure_)
    failure_ = std::move(what);
}

int run_peer(int argc, char** argv, const peer_set_up& set_up) {
  if (auto text = asked_for({argv + (argc > 0), argv + argc})) {
    std::cout << *text << std::flush;
    return std::cout ? exit_success : exit_failure;
  }
  settle_peer();
  // Children may be among what it picks, when it has threads already.
  for (auto block : {block_stop_signals, block_child_signal})
    if (auto failed = block()) {
      print_error(describe(failed));
      return exit_failure;
    }
  auto line = command_line::split({argv + (argc > 0), argv + argc});
  auto opts = options::read(line.options, options::own_environment());
  if (report_problems(opts))
    return exit_usage;
  auto result = with_log(opts, [&](std::shared_ptr<log_dispatcher> log,
                                   log_dispatcher::output_ptr printed) {
    peer program{opts, std::move(line.rest), std::move(log),
                 std::move(printed)};
    return program.run(set_up);
  });
  if (worker_threads::abandoned() > 0)
    end_with_what_is_written(result);
  // What the program does from here on is its own.
  end_in_its_own_time();
  return result;
}

} // namespace rr
