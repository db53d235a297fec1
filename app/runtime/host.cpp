// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/host.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <thread>

#include <caf/send.hpp>

#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "messages/error.hpp"
#include "messages/process/process.hpp"
#include "messages/process/status.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// How long the Application may take to answer whether it lives: actors share
/// threads, and one that is busy is no reason to stop a robot.
constexpr auto root_bound = 1s;

/// How long bridges, threads and outputs may take to end once no actor that the
/// Application knows of is left: killed children have five seconds.
constexpr auto last_steps = 10s;

/// Whether the Application itself has said what its last log event says.
bool ended_in_order(const caf::error& reason) {
  using enum ec;
  return !reason
         || std::ranges::any_of(std::array{core_actor_ended, emergency_stop,
                                           process_failed, stop_forced},
                                [&](ec x) { return reason == x; });
}

std::string said_by_this_program(const char* what) {
  return std::string{program_invocation_short_name} + ": " + what + '\n';
}

} // namespace

host::host(const options& opts, std::shared_ptr<log_dispatcher> log)
  : opts_(opts),
    emergency_exit_code_(opts.get<int>("emergency-stop.exit-code")),
    outputs_(std::move(log)),
    log_(outputs_, opts.get<std::string>("application.name"), level_of(opts)),
    grace_(std::chrono::ceil<std::chrono::milliseconds>(
      opts.get<caf::timespan>("emergency-stop.terminate-timeout"))),
    no_memory_error_(said_by_this_program("out of memory: stops at once")),
    last_resort_([this](last_resort::cause why) { end_at_once(why); }),
    config_(opts),
    starting_(said_by_this_program("cannot start the actors: the system "
                                   "refuses a thread, or memory")),
    system_(config_),
    self_(system_),
    frontend_(opts.get<std::vector<std::string>>("router.frontend")),
    backend_(opts.get<std::vector<std::string>>("router.backend")) {
  starting_.take_back();
  cord_.observe([this](const stop_cord_pulled& fact) { on_cord_pulled(fact); });
}

host::~host() {
  // What was opened before something failed; after a run nothing of it is left.
  // Nobody else's end is news to the Application then.
  made_.insert(made_.begin(), caf::actor_cast<caf::actor>(application_));
  for (const auto& left : made_)
    if (left)
      self_->send_exit(left, caf::exit_reason::kill);
}

void host::add(resource_settings resource) {
  resources_.push_back(std::move(resource));
}

caf::error host::open_application() {
  application_settings settings;
  settings.resources = resources_;
  settings.processes = processes_;
  settings.starter = children_.get();
  settings.cord = &cord_;
  settings.log = log_;
  settings.recorder = recorder_;
  settings.flight_recorder = flight_recorder_;
  settings.health_interval = opts_.get<caf::timespan>("health.interval");
  settings.emergency_exit_code = emergency_exit_code_;
  settings.latches = latches_;
  settings.settle = settle_;
  settings.life = life_;
  settings.stop_timeout = opts_.get<caf::timespan>("application.stop-timeout");
  settings.on_moved = observers_.moved;
  settings.on_running = at_running_;
  settings.on_stop = [self = caf::actor_cast<caf::actor>(self_),
                      tell = at_stopping_] {
    caf::anon_send(self, atom::tick_v);
    if (tell)
      tell();
  };
  settings.reread = reread_;
  settings.on_reload = at_reload_;
  settings.on_processes = [records = records_](std::vector<std::string> names) {
    if (records)
      records->know(std::move(names));
  };
  settings.on_hang = [this] { hangs_ = true; };
  auto errors = descriptor_writer::make(STDERR_FILENO);
  if (!errors)
    return std::move(errors.error());
  errors_ = std::move(*errors);
  last_error_ = said_by_this_program("cannot end in order: an actor hangs");
  application_ = system_.spawn(application, std::move(settings));
  has_application_ = true;
  auto signals
    = signal_listener::make([this](int signal) { on_signal(signal); });
  if (!signals) {
    // It makes actors by what is this host's owner's, who ends now.
    self_->send_exit(application_, caf::exit_reason::kill);
    self_->wait_for(application_);
    return std::move(signals.error());
  }
  signals_ = std::move(*signals);
  return {};
}

int host::run() {
  if (records_)
    records_->begin();
  self_->monitor(application_);
  self_->send(application_, atom::start_v);
  auto reason = wait_for_end();
  auto result = exit_code_of(reason, emergency_exit_code_);
  if (!ended_in_order(reason)) {
    if (cord_.pulled())
      result = emergency_exit_code_;
    log_.error(
      "Application is exiting",
      {{"reason", "application ended unexpectedly: " + describe(reason)},
       {"exit_code", result}});
  }
  settle_();
  if (hangs_)
    end_without_actors(result);
  // Nothing is left that takes long; nothing that does holds up the end.
  end_within(last_steps, result);
  at_end_(result);
  return result;
}

std::vector<heartbeat_witness>
host::witnesses(std::chrono::nanoseconds bound) const {
  std::vector<heartbeat_witness> result;
  if (children_)
    result = children_->witnesses(bound);
  result.push_back({.ask =
                      [root = application_](uint64_t question) {
                        caf::anon_send(root, atom::health_v, question);
                      },
                    .answered = [life = life_] { return life->answered(); },
                    .bound = root_bound,
                    .name = "application"});
  result.insert(result.end(), watched_.begin(), watched_.end());
  for (auto& each : outputs_->witnesses())
    result.push_back(std::move(each));
  return result;
}

void host::supervise(process_settings process) {
  processes_.push_back(std::move(process));
}

void host::reread_by(std::function<configuration_read()> read) {
  reread_ = [workers = workers_,
             read = std::move(read)](const application_actor& root) {
    // A job that hangs keeps nobody alive.
    auto tell = [address = root.address()](configuration_read fact) {
      if (auto to = caf::actor_cast<application_actor>(address))
        caf::anon_send(to, std::move(fact));
    };
    auto job = [tell, read] {
      try {
        tell(read());
      } catch (const std::exception& x) {
        tell({{std::string{"cannot read the configuration: "} + x.what()}, {}});
      }
    };
    if (!workers->submit(job))
      tell({{"cannot read the configuration: too many jobs wait for the "
             "threads of application.thread-pool-workers"},
            {}});
  };
}

void host::order(stop_process what) {
  if (has_application_)
    caf::anon_send(application_, std::move(what));
}

void host::stop(const std::string& reason) {
  caf::anon_send(caf::actor_cast<caf::actor>(self_), atom::stop_v, reason);
}

/// On whatever thread pulls the cord. What is pulled before there is an
/// Application waits for `run` to tell it.
void host::on_cord_pulled(const stop_cord_pulled& fact) {
  auto self = caf::actor_cast<caf::actor>(self_);
  if (has_application_) {
    caf::anon_send<caf::message_priority::high>(application_, fact);
    caf::anon_send(self, atom::timeout_v);
  } else {
    caf::anon_send(self, fact);
  }
  if (observers_.pulled)
    observers_.pulled(fact);
}

/// On the listener's thread. The second signal reaches the children without
/// passing a mailbox.
void host::on_signal(int signal) {
  auto name = signal_name(signal);
  auto meaning = meaning_of(signal);
  auto ignore = [&](const char* reason) {
    auto suppressed = ignored_signals_[signal].pass(rate_limit::clock::now());
    if (!suppressed)
      return;
    log_fields fields{{"signal", name}, {"reason", reason}};
    append_suppressed(fields, *suppressed);
    log_.warning("Signal ignored", std::move(fields));
  };
  if (meaning == signal_meaning::stray)
    return ignore("it means nothing to this program");
  if (meaning == signal_meaning::reload && !reread_)
    return ignore("there is no terminal that could have closed, and this "
                  "program does not read its configuration again");
  if (meaning == signal_meaning::reload)
    return caf::anon_send(application_, reload_processes{name});
  if (++signals_seen_ == 1) {
    stop(name);
    return;
  }
  if (meaning == signal_meaning::hang_up)
    return;
  // First of all, so that no child's end is taken for an orderly one.
  caf::anon_send<caf::message_priority::high>(application_, atom::kill_v);
  force_end("the stop was forced by a second signal");
  caf::anon_send(caf::actor_cast<caf::actor>(self_), atom::timeout_v);
}

} // namespace rr
