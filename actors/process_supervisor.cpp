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

caf::error already_started(const std::string& name) {
  return error_of(ec::process_already_started, name,
                  " has been started already");
}

caf::error robot_stops() {
  return caf::make_error(ec::robot_stopping, "the robot is stopping");
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

/// Answers the order that is under way, if one is, and carries out the next.
template <class Answer>
void process_supervisor_state::end_order(Answer answer) {
  if (!order_)
    return;
  order_->promise.deliver(std::move(answer));
  order_ = std::exchange(next_order_, std::nullopt);
  if (order_)
    carry_out();
}

caf::result<int32_t> process_supervisor_state::start() {
  if (stopped_for_good_)
    return error_of(ec::process_not_started, settings_.name,
                    " has been stopped by an order");
  if (state_ != process_state::idle)
    return already_started(settings_.name);
  starting_ = self_->make_response_promise<int32_t>();
  begin_start();
  return starting_;
}

caf::result<process_status> process_supervisor_state::take(order_kind kind) {
  if (stopping())
    return robot_stops();
  process_order order{kind, false,
                      self_->make_response_promise<process_status>()};
  auto promise = order.promise;
  if (!order_) {
    order_ = std::move(order);
    carry_out();
    return promise;
  }
  if (next_order_) {
    next_order_->promise.deliver(status());
    order.ended_first = next_order_->kind != order_kind::start
                        || next_order_->ended_first;
  }
  next_order_ = std::move(order);
  return promise;
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
  end_order(status());
}

void process_supervisor_state::on_start_failed(
  const process_start_failed& fact) {
  auto anew = restarts();
  // An order may have ended the launcher before it came to execute anything.
  auto is_failure = state_ == process_state::starting;
  auto again = is_failure && starts_again(true);
  state_ = is_failure ? process_state::failed : process_state::exited;
  child_.reset();
  auto what = describe(fact.reason);
  if (is_failure)
    log_.error(
      "Process failed to start",
      {{"error", what},
       {"reaction", again ? "restart" : to_string(settings_.on_failure)}});
  else
    log_.info("Process was stopped before it started", {{"error", what}});
  starting_.deliver(fact.reason);
  answer_waiting(never_started(settings_.name));
  if (anew)
    return begin_start();
  if (order_ && order_->kind != order_kind::stop)
    order_->promise.deliver(fact.reason);
  if (again)
    restart_later(what, emergency_exit_code_);
  else if (is_failure)
    settle(true, what, emergency_exit_code_);
  else if (stopping())
    quit(quit_reason_);
  end_order(status());
}

void process_supervisor_state::on_exited(const process_exited& fact) {
  auto anew = restarts();
  auto failed = fact.exit_code != 0;
  auto again = fact.cause == ended_by::itself
               && fact.exit_code != emergency_exit_code_
               && starts_again(failed);
  state_ = process_state::exited;
  last_exit_ = fact.exit_code;
  child_.reset();
  report_exit(fact, again
                      ? "restart"
                      : to_string(stopping() || anew ? robot_reaction::ignore
                                                     : settings_.on_failure));
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
    if (again)
      restart_later(what, fact.exit_code, pid);
    else if (fact.cause == ended_by::itself)
      settle(failed, what, fact.exit_code, pid);
    else if (stopping())
      quit(quit_reason_);
    end_order(status());
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

// -- orders -------------------------------------------------------------------

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

/// Whether the child is being ended for an order that starts it anew.
bool process_supervisor_state::restarts() const noexcept {
  return order_ && order_->kind == order_kind::restart && !stopping()
         && (state_ == process_state::terminating
             || state_ == process_state::killing);
}

void process_supervisor_state::carry_out() {
  stopped_for_good_ = order_->kind == order_kind::stop;
  if (order_->kind != order_kind::stop)
    schedule_.begin_anew();
  if (order_->kind == order_kind::start) {
    if (!lives())
      begin_start();
    else if (order_->ended_first)
      end_order(status());
    else
      end_order(already_started(settings_.name));
  } else if (lives()) {
    terminate();
  } else if (order_->kind == order_kind::restart) {
    begin_start();
  } else {
    if (state_ == process_state::restarting)
      state_ = process_state::exited;
    end_order(status());
  }
}

void process_supervisor_state::drop_next_order() {
  if (auto order = std::exchange(next_order_, std::nullopt))
    order->promise.deliver(robot_stops());
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

/// Whether a child that ends now, by itself, is to be started again.
bool process_supervisor_state::starts_again(bool failed) const {
  auto left_alone = state_ == process_state::starting
                    || state_ == process_state::running;
  return left_alone && !stopped_for_good_ && !stopping()
         && schedule_.wanted(failed);
}

/// Or gives the child up.
/// @param exit_code,pid as of `settle`.
void process_supervisor_state::restart_later(const std::string& what,
                                             int32_t exit_code, int32_t pid) {
  auto now = self_->clock().now();
  auto ran = running_since_ ? now - *running_since_ : caf::timespan{0};
  if (auto delay = schedule_.plan(now, ran)) {
    state_ = process_state::restarting;
    log_.warning("Process restarting", {{"delay_ms", milliseconds(*delay)},
                                        {"restarts", schedule_.count()},
                                        {"reason", what}});
    self_->delayed_send(self_, *delay, atom::timeout_v, starts_);
    return;
  }
  state_ = process_state::failed;
  log_.error("Process given up",
             {{"restarts", schedule_.count()}, {"reason", what}});
  settle(true, what, exit_code, pid);
}

/// What the robot does of a child that has ended for good, by itself. A start
/// that failed has no process, and the emergency stop's exit code.
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
    end_order(status());
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
