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

} // namespace

process_supervisor_state::~process_supervisor_state() {
  starting_.deliver(refusal_in_stop());
  answer_waiting(refusal_in_stop());
  for (auto order : {&order_, &next_order_})
    if (*order)
      (*order)->promise.deliver(refusal_in_stop());
}

process_supervisor_actor::behavior_type process_supervisor_state::make_behavior(
  process_settings settings, int emergency_exit_code, child_starter& starter,
  stop_cord& cord, event_log log, process_observer_actor observer,
  run_recorder_actor recorder) {
  settings_ = std::move(settings);
  health_ = child_health{settings_};
  observer_ = std::move(observer);
  told_.name = settings_.name;
  told_.since = since_;
  schedule_ = {settings_.restart, settings_.name};
  emergency_exit_code_ = emergency_exit_code;
  starter_ = &starter;
  cord_ = &cord;
  recorder_ = std::move(recorder);
  log_ = log.with({{"process", settings_.name}});
  report_errors(self_, log_);
  // Whatever happens may be a step.
  auto then_tell = [this](auto answer) {
    tell_move();
    return answer;
  };
  self_->set_exit_handler([this](const caf::exit_msg& msg) {
    on_exit_message(msg);
    tell_move();
  });
  return {
    [this, then_tell](atom::start) { return then_tell(start()); },
    [this](atom::wait) { return wait(); },
    [this](atom::exit_code) { return exit_code(); },
    [this](atom::status) { return status(); },
    [this](atom::list) { return known(); },
    [this, then_tell](const start_process&) {
      return then_tell(take(order_kind::start));
    },
    [this, then_tell](const stop_process&) {
      return then_tell(take(order_kind::stop));
    },
    [this, then_tell](const restart_process&) {
      return then_tell(take(order_kind::restart));
    },
    [this](atom::terminate) {
      terminate();
      tell_move();
    },
    [this](atom::kill) {
      kill();
      tell_move();
    },
    [this](atom::stop) {
      on_robot_stops();
      tell_move();
    },
    [this](atom::timeout, uint64_t number) {
      on_timeout(number);
      tell_move();
    },
    [this](atom::tick, uint64_t look) {
      on_look(look);
      tell_move();
    },
    [this](atom::notify) {
      tend();
      tell_move();
    },
    [this](atom::probe, const std::string& cause) {
      on_probe_ended(cause);
      tell_move();
    },
    [this](const process_started& fact) {
      on_started(fact);
      tell_move();
    },
    [this](const process_start_failed& fact) {
      on_start_failed(fact);
      tell_move();
    },
    [this](const process_exited& fact) {
      on_exited(fact);
      tell_move();
    },
  };
}

caf::result<int32_t> process_supervisor_state::start() {
  if (robot_stops_)
    return refusal_in_stop();
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

void process_supervisor_state::terminate() {
  if (state_ != process_state::starting && state_ != process_state::running)
    return;
  state_ = process_state::terminating;
  stop_tending();
  child_->terminate();
  self_->delayed_send(self_, settings_.terminate_timeout, atom::timeout_v,
                      ++timers_);
}

void process_supervisor_state::kill() {
  if (!lives())
    return;
  state_ = process_state::killing;
  stop_tending();
  child_->kill();
}

/// Whatever is on its way to a start goes no further.
void process_supervisor_state::on_robot_stops() {
  robot_stops_ = true;
  drop_next_order();
  if (state_ == process_state::restarting)
    state_ = process_state::exited;
}

void process_supervisor_state::on_timeout(uint64_t number) {
  if (number != timers_)
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
  health_.begin(*running_since_);
  tend();
  // It does not wait for one that may take its time.
  if (awaits_readiness() && next_order_)
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
  if (is_failure)
    keep_end(nullptr, what, plan,
             plan.delay || stopping() || is_spared(true)
               ? robot_reaction::ignore
               : settings_.on_failure);
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
    settle(true, what, {}, emergency_exit_code_);
  else if (stopping())
    quit(quit_reason_);
  end_order({});
}

void process_supervisor_state::on_exit_message(const caf::exit_msg& msg) {
  quit_reason_ = msg.reason ? msg.reason : caf::exit_reason::user_shutdown;
  drop_next_order();
  if (!lives())
    quit(quit_reason_);
  else
    terminate();
}

// -- what becomes of the child -----------------------------------------------

bool process_supervisor_state::lives() const noexcept {
  return has_child(state_);
}

void process_supervisor_state::begin_start() {
  ++starts_;
  began_ = self_->clock().now();
  running_since_.reset();
  failure_.clear();
  status_text_.clear();
  done_ = false;
  // What is left of an order to restart is one to start: it does not begin
  // twice when the child fails before it is ready.
  if (order_)
    order_->kind = order_kind::start;
  state_ = process_state::starting;
  child_ = starter_->start(settings_, make_listener());
}

child_listener process_supervisor_state::make_listener() const {
  auto tell = [hdl = process_supervisor_actor{self_}](const auto& fact) {
    caf::anon_send(hdl, fact);
  };
  return {.started = tell,
          .start_failed = tell,
          .exited = tell,
          .notified = [hdl = process_supervisor_actor{self_}] {
            caf::anon_send(hdl, atom::notify_v);
          }};
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

/// Whoever waits for an answer gets one, and the observer its last words.
void process_supervisor_state::quit(const caf::error& reason) {
  quit_reason_ = reason;
  if (state_ != process_state::failed)
    state_ = process_state::exited;
  tell_move();
  if (observer_)
    self_->send(observer_, known());
  starting_.deliver(refusal_in_stop());
  drop_next_order();
  if (order_ && order_->kind == order_kind::stop)
    end_order({});
  else
    end_order(refusal_in_stop());
  self_->quit(reason);
}

bool process_supervisor_state::stopping() const {
  return static_cast<bool>(quit_reason_);
}

process_supervisor_actor::behavior_type process_supervisor(
  process_supervisor_actor::stateful_pointer<process_supervisor_state> self,
  process_settings settings, int emergency_exit_code, child_starter* starter,
  stop_cord* cord, event_log log, process_observer_actor observer,
  run_recorder_actor recorder) {
  return self->state.make_behavior(std::move(settings), emergency_exit_code,
                                   *starter, *cord, std::move(log),
                                   std::move(observer), std::move(recorder));
}

} // namespace rr
