// SPDX-License-Identifier: BSD-3-Clause
#include "actors/process_supervisor.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error error_of(ec code, const std::string& name, const char* what) {
  return caf::make_error(code, "process " + name + what);
}

caf::error never_started(const std::string& name) {
  return error_of(ec::process_not_started, name, " has not been started");
}

double milliseconds(caf::timespan span) {
  return std::chrono::duration<double, std::milli>{span}.count();
}

std::string exit_text(const std::string& name, int32_t exit_code) {
  if (exit_code < 0)
    return "process " + name + " died by " + signal_name(-exit_code);
  return "process " + name + " exited with code " + std::to_string(exit_code);
}

} // namespace

process_supervisor_actor::behavior_type
process_supervisor_state::make_behavior(process_settings settings,
                                        int emergency_exit_code,
                                        child_starter& starter, stop_cord& cord,
                                        event_log log) {
  settings_ = std::move(settings);
  schedule_ = {settings_.restart, settings_.name};
  emergency_exit_code_ = emergency_exit_code;
  starter_ = &starter;
  cord_ = &cord;
  log_ = log.with({{"process", settings_.name}});
  report_errors(self_, log_);
  self_->set_exit_handler(
    [this](const caf::exit_msg& msg) { on_exit_message(msg); });
  return {
    [this](atom::start) { return start(); },
    [this](atom::wait) { return wait(); },
    [this](atom::exit_code) { return exit_code(); },
    [this](atom::status) { return status(); },
    [this](const start_process&) { return take(order_kind::start); },
    [this](const stop_process&) { return take(order_kind::stop); },
    [this](const restart_process&) { return take(order_kind::restart); },
    [this](atom::terminate) { terminate(); },
    [this](atom::kill) { kill(); },
    [this](atom::timeout, uint64_t start) { on_timeout(start); },
    [this](const process_started& fact) { on_started(fact); },
    [this](const process_start_failed& fact) { on_start_failed(fact); },
    [this](const process_exited& fact) { on_exited(fact); },
  };
}

caf::result<int32_t> process_supervisor_state::start() {
  if (stopped_for_good_)
    return error_of(ec::process_not_started, settings_.name,
                    " has been stopped by an order");
  if (state_ != process_state::idle)
    return already_started();
  starting_ = self_->make_response_promise<int32_t>();
  begin_start();
  return starting_;
}

caf::result<int32_t> process_supervisor_state::wait() {
  if (!lives())
    return exit_code();
  waiting_.push_back(self_->make_response_promise<int32_t>());
  return waiting_.back();
}

caf::result<int32_t> process_supervisor_state::exit_code() const {
  if (last_exit_)
    return *last_exit_;
  if (!lives())
    return never_started(settings_.name);
  return error_of(ec::process_running, settings_.name, " has not ended");
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
  if (!lives())
    return;
  state_ = process_state::killing;
  child_->kill();
}

void process_supervisor_state::on_timeout(uint64_t start_number) {
  if (start_number != starts_)
    return;
  if (state_ == process_state::terminating)
    kill();
  else if (state_ == process_state::restarting)
    begin_start();
}

void process_supervisor_state::on_started(const process_started& fact) {
  pid_ = fact.pid;
  running_since_ = self_->clock().now();
  log_.info("Process started", {{"pid", fact.pid}});
  starting_.deliver(fact.pid);
  if (state_ != process_state::starting)
    return;
  state_ = process_state::running;
  end_order({});
}

void process_supervisor_state::on_start_failed(
  const process_start_failed& fact) {
  auto anew = restarts();
  // An order may have ended the launcher before it came to execute anything.
  auto is_failure = state_ == process_state::starting;
  auto plan = is_failure ? plan_restart(true) : restart_plan{};
  state_ = is_failure ? process_state::failed : process_state::exited;
  child_.reset();
  auto what = describe(fact.reason);
  if (is_failure)
    log_.error(
      "Process failed to start",
      {{"error", what},
       {"reaction", plan.delay ? "restart" : to_string(settings_.on_failure)}});
  else
    log_.info("Process was stopped before it started", {{"error", what}});
  starting_.deliver(fact.reason);
  answer_waiting(never_started(settings_.name));
  if (anew)
    return begin_start();
  if (order_ && order_->kind != order_kind::stop)
    order_->promise.deliver(fact.reason);
  if (plan.given_up)
    give_up(what);
  if (plan.delay)
    restart_later(*plan.delay, what);
  else if (is_failure)
    settle(true, what, emergency_exit_code_);
  else if (stopping())
    quit(quit_reason_);
  end_order({});
}

void process_supervisor_state::on_exited(const process_exited& fact) {
  auto anew = restarts();
  auto by_itself = fact.cause == ended_by::itself;
  auto failed = fact.exit_code != 0;
  auto plan = by_itself && fact.exit_code != emergency_exit_code_
                ? plan_restart(failed)
                : restart_plan{};
  state_ = process_state::exited;
  last_exit_ = fact.exit_code;
  child_.reset();
  auto reaction = stopping() || anew ? robot_reaction::ignore
                                     : settings_.on_failure;
  report_exit(fact, plan.delay ? "restart" : to_string(reaction));
  auto pid = static_cast<int32_t>(pid_.value_or(0));
  pid_ = caf::none;
  answer_waiting(fact.exit_code);
  auto what = exit_text(settings_.name, fact.exit_code);
  if (fact.exit_code == emergency_exit_code_) {
    // The thread that reaped the child has pulled the cord long since; this
    // carries the stop to whoever is linked.
    cord_->pull({settings_.name, "", fact.exit_code, pid});
    quit(caf::make_error(ec::emergency_stop, what));
  } else if (anew) {
    begin_start();
  } else {
    if (plan.given_up)
      give_up(what);
    if (plan.delay)
      restart_later(*plan.delay, what);
    else if (by_itself)
      settle(failed || plan.given_up, what, fact.exit_code, pid);
    else if (stopping())
      quit(quit_reason_);
    end_order({});
  }
}

void process_supervisor_state::on_exit_message(const caf::exit_msg& msg) {
  quit_reason_ = msg.reason ? msg.reason : caf::exit_reason::user_shutdown;
  drop_next_order();
  if (msg.reason == caf::exit_reason::kill || !lives())
    quit(quit_reason_);
  else
    terminate();
}

// -- what becomes of the child
// -------------------------------------------------

bool process_supervisor_state::lives() const noexcept {
  switch (state_) {
    case process_state::starting:
    case process_state::running:
    case process_state::terminating:
    case process_state::killing:
      return true;
    default:
      return false;
  }
}

void process_supervisor_state::begin_start() {
  ++starts_;
  running_since_.reset();
  state_ = process_state::starting;
  child_ = starter_->start(settings_, make_listener());
}

child_listener process_supervisor_state::make_listener() const {
  auto tell = [hdl = process_supervisor_actor{self_}](const auto& fact) {
    caf::anon_send(hdl, fact);
  };
  return {.started = tell, .start_failed = tell, .exited = tell};
}

void process_supervisor_state::answer_waiting(
  const caf::expected<int32_t>& answer) {
  for (auto& promise : waiting_)
    if (answer)
      promise.deliver(*answer);
    else
      promise.deliver(answer.error());
  waiting_.clear();
}

void process_supervisor_state::report_exit(const process_exited& fact,
                                           const char* reaction) const {
  auto pid = log_field{"pid", pid_.value_or(0)};
  auto code = log_field{"exit_code", fact.exit_code};
  if (fact.cause == ended_by::kill) {
    log_.error("Killed process", {pid});
  } else if (fact.cause == ended_by::terminate) {
    log_.info("Terminated process", {pid, code});
  } else if (fact.exit_code == 0) {
    log_.info("Process exited normally", {pid, code});
  } else {
    log_fields fields{pid, code};
    if (fact.exit_code < 0)
      fields.emplace_back("signal", signal_name(-fact.exit_code));
    fields.emplace_back("core_dumped", fact.core_dumped);
    if (fact.exit_code == emergency_exit_code_)
      reaction = to_string(robot_reaction::emergency_stop);
    fields.emplace_back("reaction", reaction);
    log_.error("Process failed", std::move(fields));
  }
}

/// To be asked of a child that ends now, by itself.
process_supervisor_state::restart_plan
process_supervisor_state::plan_restart(bool failed) {
  auto left_alone = state_ == process_state::starting
                    || state_ == process_state::running;
  if (!left_alone || stopped_for_good_ || stopping()
      || !schedule_.wanted(failed))
    return {};
  auto now = self_->clock().now();
  auto ran = running_since_ ? now - *running_since_ : caf::timespan{0};
  auto delay = schedule_.plan(now, ran);
  return {delay, !delay};
}

void process_supervisor_state::give_up(const std::string& what) {
  state_ = process_state::failed;
  log_.error("Process given up",
             {{"restarts", schedule_.count()}, {"reason", what}});
}

void process_supervisor_state::restart_later(caf::timespan delay,
                                             const std::string& what) {
  state_ = process_state::restarting;
  log_.warning("Process restarting", {{"delay_ms", milliseconds(delay)},
                                      {"restarts", schedule_.count()},
                                      {"reason", what}});
  self_->delayed_send(self_, delay, atom::timeout_v, starts_);
}

/// What the robot does of a child that has ended for good, by itself. A start
/// that failed has no process, and the emergency stop's exit code. To be given
/// up is a failure, however the child has ended.
void process_supervisor_state::settle(bool failed, const std::string& what,
                                      int32_t exit_code, int32_t pid) {
  auto reaction = failed ? settings_.on_failure : settings_.on_success;
  if (stopping()) {
    quit(quit_reason_);
  } else if (reaction == robot_reaction::emergency_stop) {
    cord_->pull({settings_.name, "", exit_code, pid});
    quit(caf::make_error(ec::emergency_stop, what));
  } else if (reaction == robot_reaction::stop) {
    quit(caf::make_error(failed ? ec::process_failed : ec::process_finished,
                         what));
  }
}

/// Whoever waits for an answer gets one.
void process_supervisor_state::quit(const caf::error& reason) {
  quit_reason_ = reason;
  starting_.deliver(robot_stops());
  drop_next_order();
  if (order_ && order_->kind == order_kind::stop)
    end_order({});
  else
    end_order(robot_stops());
  self_->quit(reason);
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
