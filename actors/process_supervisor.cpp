// SPDX-License-Identifier: BSD-3-Clause
#include "actors/process_supervisor.hpp"

#include <caf/send.hpp>

#include "actors/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error never_started(const std::string& name) {
  return caf::make_error(ec::process_not_started,
                         "process " + name + " has not been started");
}

std::string exit_text(const std::string& name, int32_t exit_code) {
  if (exit_code < 0)
    return "process " + name + " died by signal " + std::to_string(-exit_code);
  return "process " + name + " exited with code " + std::to_string(exit_code);
}

} // namespace

process_supervisor_state::process_supervisor_state(pointer self) : self_(self) {
}

process_supervisor_actor::behavior_type
process_supervisor_state::make_behavior(process_settings settings,
                                        int emergency_exit_code,
                                        child_starter& starter, stop_cord& cord,
                                        event_log log) {
  settings_ = std::move(settings);
  emergency_exit_code_ = emergency_exit_code;
  starter_ = &starter;
  cord_ = &cord;
  log_ = log.with({{"process", settings_.name}});
  report_errors(self_, log_);
  self_->set_exit_handler(
    [this](const caf::exit_msg& msg) { on_exit_message(msg); });
  return {
    [this](atom::start) { return start(); },
    [this](atom::restart) { return restart(); },
    [this](atom::wait) { return wait(); },
    [this](atom::exit_code) { return exit_code(); },
    [this](atom::status) { return status(); },
    [this](atom::terminate) { terminate(); },
    [this](atom::kill) { kill(); },
    [this](atom::timeout, uint64_t start) { on_timeout(start); },
    [this](const process_started& fact) { on_started(fact); },
    [this](const process_start_failed& fact) { on_start_failed(fact); },
    [this](const process_exited& fact) { on_exited(fact); },
  };
}

caf::result<int32_t> process_supervisor_state::start() {
  if (state_ != process_state::idle)
    return caf::make_error(ec::process_already_started,
                           "process " + settings_.name
                             + " has been started already");
  starting_ = self_->make_response_promise<int32_t>();
  begin_start();
  return starting_;
}

caf::result<int32_t> process_supervisor_state::restart() {
  if (restart_wanted_ || stopping() || state_ == process_state::starting)
    return caf::make_error(ec::process_already_started,
                           "process " + settings_.name
                             + " is being started or stopped already");
  starting_ = self_->make_response_promise<int32_t>();
  if (state_ == process_state::idle || state_ == process_state::exited) {
    begin_start();
  } else {
    restart_wanted_ = true;
    terminate();
  }
  return starting_;
}

caf::result<int32_t> process_supervisor_state::wait() {
  if (state_ == process_state::idle || state_ == process_state::exited)
    return exit_code();
  waiting_.push_back(self_->make_response_promise<int32_t>());
  return waiting_.back();
}

caf::result<int32_t> process_supervisor_state::exit_code() const {
  if (last_exit_)
    return *last_exit_;
  if (state_ == process_state::idle || state_ == process_state::exited)
    return never_started(settings_.name);
  return caf::make_error(ec::process_running,
                         "process " + settings_.name + " has not ended");
}

process_status process_supervisor_state::status() const {
  auto restarts = starts_ > 0 ? static_cast<uint32_t>(starts_ - 1) : 0;
  return {settings_.name, state_, pid_, restarts, last_exit_};
}

void process_supervisor_state::terminate() {
  if (state_ != process_state::starting && state_ != process_state::running)
    return;
  state_ = process_state::terminating;
  child_->terminate();
  self_->delayed_send(self_, settings_.terminate_timeout, atom::timeout_v,
                      starts_);
}

void process_supervisor_state::kill() {
  if (state_ == process_state::idle || state_ == process_state::exited)
    return;
  state_ = process_state::killing;
  child_->kill();
}

void process_supervisor_state::on_timeout(uint64_t start_number) {
  if (state_ == process_state::terminating && start_number == starts_)
    kill();
}

void process_supervisor_state::on_started(const process_started& fact) {
  pid_ = fact.pid;
  if (state_ == process_state::starting)
    state_ = process_state::running;
  log_.info("Process started", {{"pid", fact.pid}});
  starting_.deliver(fact.pid);
}

void process_supervisor_state::on_start_failed(
  const process_start_failed& fact) {
  state_ = process_state::exited;
  child_.reset();
  auto what = describe(fact.reason);
  log_.error("Process failed to start", {{"error", what}});
  starting_.deliver(fact.reason);
  answer_waiting(never_started(settings_.name));
  settle(true, what);
}

void process_supervisor_state::on_exited(const process_exited& fact) {
  state_ = process_state::exited;
  last_exit_ = fact.exit_code;
  child_.reset();
  report_exit(fact);
  auto pid = static_cast<int32_t>(pid_.value_or(0));
  pid_ = caf::none;
  answer_waiting(fact.exit_code);
  auto what = exit_text(settings_.name, fact.exit_code);
  if (fact.exit_code == emergency_exit_code_) {
    // The thread that reaped the child has pulled the cord long since; this
    // carries the stop to whoever is linked.
    cord_->pull({settings_.name, "", fact.exit_code, pid});
    self_->quit(caf::make_error(ec::emergency_stop, what));
  } else if (restart_wanted_ && !stopping()) {
    restart_wanted_ = false;
    begin_start();
  } else if (fact.cause != ended_by::itself) {
    if (stopping())
      self_->quit(quit_reason_);
  } else {
    settle(fact.exit_code != 0, what, pid);
  }
}

void process_supervisor_state::on_exit_message(const caf::exit_msg& msg) {
  quit_reason_ = msg.reason ? msg.reason : caf::exit_reason::user_shutdown;
  if (restart_wanted_)
    starting_.deliver(
      caf::make_error(ec::robot_stopping, "the robot is stopping"));
  if (msg.reason == caf::exit_reason::kill || state_ == process_state::idle
      || state_ == process_state::exited)
    self_->quit(quit_reason_);
  else
    terminate();
}

void process_supervisor_state::begin_start() {
  ++starts_;
  state_ = process_state::starting;
  child_ = starter_->start(settings_, make_listener());
}

child_listener process_supervisor_state::make_listener() const {
  auto hdl = process_supervisor_actor{self_};
  return {
    [hdl](const process_started& fact) { caf::anon_send(hdl, fact); },
    [hdl](const process_start_failed& fact) { caf::anon_send(hdl, fact); },
    [hdl](const process_exited& fact) { caf::anon_send(hdl, fact); },
  };
}

void process_supervisor_state::answer_waiting(
  const caf::expected<int32_t>& answer) {
  for (auto& promise : waiting_) {
    if (answer)
      promise.deliver(*answer);
    else
      promise.deliver(answer.error());
  }
  waiting_.clear();
}

void process_supervisor_state::report_exit(const process_exited& fact) const {
  auto pid = log_field{"pid", pid_.value_or(0)};
  auto code = log_field{"exit_code", fact.exit_code};
  switch (fact.cause) {
    case ended_by::itself:
      log_.info("Process exited normally", {pid, code});
      break;
    case ended_by::terminate:
      log_.info("Terminated process", {pid, code});
      break;
    case ended_by::kill:
      log_.error("Killed process", {pid});
      break;
  }
}

/// What the robot does of a child that has ended for good, by itself.
void process_supervisor_state::settle(bool failed, const std::string& what,
                                      int32_t pid) {
  auto reaction = failed ? settings_.on_failure : settings_.on_success;
  if (stopping()) {
    self_->quit(quit_reason_);
  } else if (reaction == robot_reaction::emergency_stop) {
    cord_->pull(
      {settings_.name, "", last_exit_.value_or(emergency_exit_code_), pid});
    self_->quit(caf::make_error(ec::emergency_stop, what));
  } else if (reaction == robot_reaction::stop) {
    self_->quit(caf::make_error(
      failed ? ec::process_failed : ec::process_finished, what));
  }
}

bool process_supervisor_state::stopping() const {
  return static_cast<bool>(quit_reason_);
}

process_supervisor_actor::behavior_type process_supervisor(
  process_supervisor_actor::stateful_pointer<process_supervisor_state> self,
  process_settings settings, int emergency_exit_code, child_starter* starter,
  stop_cord* cord, event_log log) {
  return self->state.make_behavior(std::move(settings), emergency_exit_code,
                                   *starter, *cord, std::move(log));
}

} // namespace rr
