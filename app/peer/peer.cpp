// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/peer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "actors/spin.hpp"
#include "app/config/exit_code.hpp"
#include "app/config/help.hpp"
#include "app/config/version.hpp"
#include "app/runtime/host.hpp"
#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/process/child_watcher.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/runtime_directory.hpp"
#include "bridges/system/signal_listener.hpp"
#include "bridges/system/worker_threads.hpp"

namespace rr {

namespace {

/// Longest reason of an emergency stop, in bytes: it becomes a log event.
constexpr size_t max_reason = 1024;

/// Whether a runtime has started this program, or what started it.
bool under_runtime() noexcept {
  return ::getenv(process_cookie.data()) != nullptr;
}

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

void peer::serve(method_table methods) {
  if (methods_) {
    fail(caf::make_error(ec::bad_configuration,
                         "serve: a program has one service"));
    return;
  }
  for (auto& [name, method] : methods)
    method = watched(std::move(method));
  auto ping = [](const json&) -> caf::expected<json> { return json("pong"); };
  methods.try_emplace("ping", remote_method::at_once({}, ping).as_urgent());
  methods_ = std::move(methods);
}

remote_caller peer::client() {
  if (!client_) {
    auto relay = host_->open_client();
    if (!relay)
      fail(std::move(relay.error()));
    client_.emplace(relay ? *relay : call_relay_actor{},
                    opts_.get<caf::timespan>("client.timeout"));
  }
  return *client_;
}

void peer::spin(caf::timespan interval, periodic function) {
  add_spin(interval, std::move(function), false);
}

void peer::spin_on_worker(caf::timespan interval, periodic function) {
  add_spin(interval, std::move(function), true);
}

void peer::publish_log() {
  if (host_->log_publisher())
    return;
  // First, so that nothing is in both.
  auto prints = !under_runtime() && ::isatty(STDOUT_FILENO) != 0;
  if (!prints)
    outputs_->remove(printed_);
  auto failed = host_->open_log_publisher();
  if (!failed)
    return;
  fail(std::move(failed));
  if (!prints)
    fail(outputs_->add(printed_));
}

void peer::route() {
  auto directory = runtime_directory::make(
    opts_.get<std::string>("application.runtime-directory"));
  if (!directory) {
    fail(std::move(directory.error()));
    return;
  }
  directory_ = std::move(*directory);
  fail(host_->open_router());
}

void peer::emergency_stop(const std::string& reason) {
  host_->cord().pull({"", std::string_view{reason}.substr(0, max_reason),
                      host_->emergency_exit_code()});
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
  if (!failure_ && methods_)
    fail(host_->open_service(std::move(*methods_)));
  return failure_ ? failure_ : host_->open_application();
}

void peer::add_spin(caf::timespan interval, periodic function, bool on_worker) {
  if (interval.count() <= 0) {
    fail(caf::make_error(ec::bad_configuration,
                         "spin: expected an interval above zero"));
    return;
  }
  auto make = [this, interval, function = std::move(function),
               on_worker](caf::local_actor* parent, const application_actor&) {
    return caf::actor_cast<caf::actor>(parent->spawn(
      rr::spin, log(), function, interval,
      on_worker ? host_->workers() : std::shared_ptr<job_runner>{}));
  };
  host_->add({"spin", stop_stage::services, std::move(make)});
}

void peer::fail(caf::error what) {
  if (!failure_)
    failure_ = std::move(what);
}

/// A method whose error may be an emergency stop. One that answers later has
/// `peer::emergency_stop`.
remote_method peer::watched(remote_method method) {
  auto watch = [this](remote_method::caller_function run) {
    return [this, run = std::move(run)](const json& args,
                                        const std::string& caller) {
      auto result = run(args, caller);
      if (!result && result.error() == ec::emergency_stop)
        emergency_stop(describe(result.error()));
      return result;
    };
  };
  if (auto now = std::get_if<remote_method::caller_function>(&method.run))
    *now = watch(std::move(*now));
  else if (auto worker = std::get_if<remote_method::blocking>(&method.run))
    worker->run = watch(std::move(worker->run));
  return method;
}

int run_peer(int argc, char** argv, const peer_set_up& set_up) {
  if (auto text = asked_for({argv + (argc > 0), argv + argc})) {
    std::cout << *text << std::flush;
    return std::cout ? exit_success : exit_failure;
  }
  settle_peer();
  if (auto failed = block_stop_signals()) {
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
