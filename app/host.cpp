// SPDX-License-Identifier: BSD-3-Clause
#include "app/host.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include <caf/send.hpp>

#include "app/program_output.hpp"
#include "messages/error.hpp"
#include "messages/status.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// How long the actors may take to end once every child has been killed.
constexpr auto last_grace = 2s;

/// How long the Application may take to answer whether it lives: actors share
/// threads, and one that is busy is no reason to stop a robot.
constexpr auto root_bound = 1s;

std::string text_of_signal(int signal) {
  auto known = ::sigabbrev_np(signal);
  return known ? std::string{"SIG"} + known
               : "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
}

log_level level_of(const options& opts) {
  return *parse_log_level(opts.get<std::string>("log.level"));
}

} // namespace

host::host(const options& opts, std::shared_ptr<log_dispatcher> log)
  : opts_(opts),
    emergency_exit_code_(
      static_cast<int>(opts.get<int64_t>("emergency-stop.exit-code"))),
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
  if (children_)
    settings.processes = opts_.processes();
  settings.starter = children_.get();
  settings.cord = &cord_;
  settings.log = log_;
  settings.health_interval = opts_.get<caf::timespan>("health.interval");
  settings.emergency_exit_code = emergency_exit_code_;
  settings.life = life_;
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
  return exit_code_of(reason, emergency_exit_code_);
}

std::vector<heartbeat_witness>
host::witnesses(std::chrono::nanoseconds bound) const {
  std::vector<heartbeat_witness> result;
  if (children_)
    result = children_->witnesses(bound);
  result.push_back({[root = application_](uint64_t question) {
                      caf::anon_send(root, atom::health_v, question);
                    },
                    [life = life_] { return life->answered(); }, root_bound});
  return result;
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
  auto name = text_of_signal(signal);
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
    caf::anon_send(application_, atom::stop_v, name);
    return;
  }
  if (meaning == signal_meaning::hang_up)
    return;
  // First of all, so that no child's end is taken for an orderly one.
  caf::anon_send<caf::message_priority::high>(application_, atom::kill_v);
  force_end("the stop was forced by a second signal");
  caf::anon_send(caf::actor_cast<caf::actor>(self_), atom::timeout_v);
}

/// Waits without end while all goes well; for a bounded time once the cord has
/// been pulled or the stop has been forced.
caf::error host::wait_for_end() {
  auto result = caf::error{};
  auto hurry = false;
  auto ended = false;
  auto on_down = [&](caf::down_msg& msg) {
    result = std::move(msg.reason);
    ended = true;
  };
  auto on_pulled = [&](const stop_cord_pulled& fact) {
    self_->send<caf::message_priority::high>(application_, fact);
    hurry = true;
  };
  auto on_stop = [&](atom::stop, const std::string& reason) {
    self_->send(application_, atom::stop_v, reason);
  };
  while (!ended && !hurry)
    self_->receive(on_down, on_pulled, on_stop,
                   [&](atom::timeout) { hurry = true; });
  if (ended)
    return result;
  // A program without children has only itself to end.
  auto grace = opts_.get<caf::timespan>("emergency-stop.terminate-timeout")
               + (children_ ? last_grace : 0s);
  auto deadline = std::chrono::steady_clock::now() + grace;
  while (!ended) {
    auto left = deadline - std::chrono::steady_clock::now();
    if (left <= 0s)
      abandon();
    self_->receive(
      on_down, on_pulled, on_stop, [](atom::timeout) {},
      caf::after(std::chrono::duration_cast<caf::timespan>(left)) >> [] {});
  }
  return result;
}

/// By threads that do not depend on the actors.
void host::force_end(std::string_view reason) {
  if (at_forced_end_)
    at_forced_end_(reason);
  if (children_)
    children_->kill_all();
}

/// The actors hang. What no thread can reach ends with this process.
void host::abandon() {
  force_end("the runtime cannot end in order");
  print_error("cannot end in order: an actor hangs");
  ::_exit(cord_.pulled() ? emergency_exit_code_ : 1);
}

} // namespace rr
