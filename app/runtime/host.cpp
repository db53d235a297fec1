// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/host.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include <caf/send.hpp>

#include "app/runtime/program_end.hpp"
#include "app/runtime/program_output.hpp"
#include "messages/error.hpp"
#include "messages/process/process.hpp"
#include "messages/process/status.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// How long the actors may take to end once every child has been killed.
constexpr auto last_grace = 2s;

/// How long the Application may take to answer whether it lives: actors share
/// threads, and one that is busy is no reason to stop a robot.
constexpr auto root_bound = 1s;

/// The Application may be busy for so long: it waits for the children's last
/// output, and for the processor.
constexpr auto busy_time = caf::timespan{2s};

/// How long the last log events may take to leave when actors hang.
constexpr auto last_words = 1500ms;

/// After which the main thread looks around although nothing has happened.
constexpr auto long_time = caf::timespan{24h};

/// How long bridges, threads and outputs may take to end once no actor that the
/// Application knows of is left: killed children have five seconds.
constexpr auto last_steps = 10s;

} // namespace

host::host(const options& opts, std::shared_ptr<log_dispatcher> log)
  : opts_(opts),
    emergency_exit_code_(opts.get<int>("emergency-stop.exit-code")),
    outputs_(std::move(log)),
    log_(outputs_, opts.get<std::string>("application.name"), level_of(opts)),
    config_(opts),
    system_(config_),
    self_(system_),
    frontend_(opts.get<std::vector<std::string>>("router.frontend")),
    backend_(opts.get<std::vector<std::string>>("router.backend")) {
  cord_.observe([this](const stop_cord_pulled& fact) { on_cord_pulled(fact); });
}

host::~host() {
  // What was opened before something failed; after a run nothing of it is left.
  made_.push_back(caf::actor_cast<caf::actor>(application_));
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
  settings.health_interval = opts_.get<caf::timespan>("health.interval");
  settings.emergency_exit_code = emergency_exit_code_;
  settings.life = life_;
  settings.stop_timeout = opts_.get<caf::timespan>("application.stop-timeout");
  settings.on_stop = [self = caf::actor_cast<caf::actor>(self_)] {
    caf::anon_send(self, atom::tick_v);
  };
  settings.on_hang = [this] { hangs_ = true; };
  auto errors = descriptor_writer::make(STDERR_FILENO);
  if (!errors)
    return std::move(errors.error());
  errors_ = std::move(*errors);
  last_error_ = std::string{program_invocation_short_name}
                + ": cannot end in order: an actor hangs\n";
  application_ = system_.spawn(application, std::move(settings));
  has_application_ = true;
  auto signals
    = signal_listener::make([this](int signal) { on_signal(signal); });
  if (!signals)
    return std::move(signals.error());
  signals_ = std::move(*signals);
  return {};
}

int host::run() {
  self_->monitor(application_);
  self_->send(application_, atom::start_v);
  auto reason = wait_for_end();
  auto result = exit_code_of(reason, emergency_exit_code_);
  if (hangs_)
    end_without_actors(result);
  // Nothing is left that takes long; nothing that does holds up the end.
  end_within(last_steps, result);
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
                    .bound = root_bound});
  return result;
}

void host::supervise(process_settings process) {
  processes_.push_back(std::move(process));
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
}

/// On the listener's thread. The second signal reaches the children without
/// passing a mailbox.
void host::on_signal(int signal) {
  auto name = signal_name(signal);
  auto meaning = meaning_of(signal);
  auto ignore = [&](const char* reason) {
    log_.warning("Signal ignored", {{"signal", name}, {"reason", reason}});
  };
  if (meaning == signal_meaning::stray)
    return ignore("it means nothing to this program");
  if (meaning == signal_meaning::reload)
    return ignore("there is no terminal that could have closed, and the "
                  "configuration cannot be read again yet");
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

/// Waits without end while all goes well. Once the Application stops, it bounds
/// the stop itself: all that is to be seen here is that it answers. Once the
/// cord has been pulled or the stop has been forced, all must end in time.
caf::error host::wait_for_end() {
  using clock = std::chrono::steady_clock;
  enum class phase { calm, asked, answered, hurried };
  auto now_it_is = phase::calm;
  auto deadline = clock::now();
  auto result = std::optional<caf::error>{};
  auto patience = std::max(opts_.get<caf::timespan>("application.stop-timeout"),
                           busy_time);
  auto grace = opts_.get<caf::timespan>("emergency-stop.terminate-timeout");
  // A program without children has only itself to end.
  if (children_)
    grace += last_grace;
  auto enter = [&](phase next, caf::timespan time) {
    now_it_is = next;
    deadline = clock::now() + time;
  };
  auto ask = [&] {
    enter(phase::asked, patience);
    self_->send(application_, atom::tick_v);
  };
  auto hurry = [&] {
    if (now_it_is != phase::hurried)
      enter(phase::hurried, grace);
  };
  while (!result) {
    auto calm = now_it_is == phase::calm;
    if (!calm && clock::now() >= deadline) {
      if (now_it_is != phase::answered)
        abandon(now_it_is == phase::asked ? "application" : "an actor");
      ask();
    }
    auto left = calm ? long_time : caf::timespan{deadline - clock::now()};
    self_->receive([&](caf::down_msg& msg) { result = std::move(msg.reason); },
                   [&](const stop_cord_pulled& fact) {
                     self_->send<caf::message_priority::high>(application_,
                                                              fact);
                     hurry();
                   },
                   [&](atom::stop, const std::string& reason) {
                     self_->send(application_, atom::stop_v, reason);
                     if (calm)
                       ask();
                   },
                   // It says that it stops, or answers.
                   [&](atom::tick) {
                     if (calm)
                       ask();
                     else if (now_it_is == phase::asked)
                       now_it_is = phase::answered;
                   },
                   [&](atom::timeout) { hurry(); },
                   caf::after(std::max(left, caf::timespan{0})) >> [] {});
  }
  return std::move(*result);
}

/// By threads that do not depend on the actors.
void host::force_end(std::string_view reason) {
  if (at_forced_end_)
    at_forced_end_(reason);
  if (children_)
    children_->kill_all();
}

/// The actors hang. What no thread can reach ends with this process.
void host::abandon(const std::string& who) {
  auto exit_code = cord_.pulled() ? emergency_exit_code_ : 1;
  // Before anything that might hang as well.
  end_within(last_words, exit_code);
  force_end("the runtime cannot end in order");
  errors_->try_write(last_error_);
  log_.error("Unhandled error",
             {{"actor", who},
              {"error", "cannot end in order: " + who + " hangs"}});
  outputs_->close();
  ::_exit(exit_code);
}

/// The Application has ended, and what hangs would be waited for. All that is
/// left to do is to let the last log events leave.
void host::end_without_actors(int exit_code) {
  end_within(last_words, exit_code);
  force_end("the runtime cannot end in order");
  errors_->try_write(last_error_);
  outputs_->close();
  // Waits for the sockets of those that have ended, which is for the last
  // readers; those of an actor that hangs are never closed.
  zmq_.reset();
  ::_exit(exit_code);
}

} // namespace rr
