// SPDX-License-Identifier: BSD-3-Clause
// What is said and done about a child that has ended.
#include "actors/process_supervisor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

double milliseconds(caf::timespan span) {
  return std::chrono::duration<double, std::milli>{span}.count();
}

std::string exit_text(const std::string& what, int32_t exit_code) {
  if (exit_code < 0)
    return what + " died by " + signal_name(-exit_code);
  return what + " exited with code " + std::to_string(exit_code);
}

} // namespace

/// Why a child has ended, in one text.
std::string
process_supervisor_state::failure_text(const process_exited& fact) const {
  if (!failure_.empty())
    return "process " + settings_.name + " failed: " + failure_;
  if (!fact.reason.empty())
    return "process " + settings_.name + " failed: " + fact.reason;
  return exit_text("process " + settings_.name, fact.exit_code);
}

void process_supervisor_state::report_exit(const process_exited& fact,
                                           const char* reaction) const {
  auto pid = log_field{"pid", pid_.value_or(0)};
  auto code = log_field{"exit_code", fact.exit_code};
  auto as_failed = !failure_.empty();
  const auto& why = as_failed ? failure_ : fact.reason;
  if (fact.cause == ended_by::kill && !as_failed) {
    log_.error("Killed process", {pid});
  } else if (fact.cause == ended_by::terminate && !as_failed) {
    log_.info("Terminated process", {pid, code});
  } else if (fact.exit_code == 0 && why.empty()) {
    log_.info("Process exited normally", {pid, code});
  } else {
    log_fields fields{pid, code};
    if (fact.exit_code < 0)
      fields.emplace_back("signal", signal_name(-fact.exit_code));
    fields.emplace_back("core_dumped", fact.core_dumped);
    if (!why.empty())
      fields.emplace_back("reason", why);
    fields.emplace_back("reaction", reaction);
    log_.error("Process failed", std::move(fields));
  }
}

/// To be asked of a child that ends now, by itself.
process_supervisor_state::restart_plan
process_supervisor_state::plan_restart(bool failed) {
  auto left_alone = state_ == process_state::starting
                    || state_ == process_state::running || !failure_.empty();
  if (!left_alone || stopped_for_good_ || stopping() || robot_stops_
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
  self_->delayed_send(self_, delay, atom::timeout_v, ++timers_);
}

/// What the robot does of a child that has ended for good, by itself. A start
/// that failed has no process, and the emergency stop's exit code. To be given
/// up is a failure, however the child has ended.
/// @param why it has failed, where its exit code does not tell.
void process_supervisor_state::settle(bool failed, const std::string& what,
                                      const std::string& why, int32_t exit_code,
                                      int32_t pid) {
  auto reaction = failed ? settings_.on_failure : settings_.on_success;
  if (stopping()) {
    quit(quit_reason_);
  } else if (is_spared(failed)) {
    return;
  } else if (reaction == robot_reaction::emergency_stop) {
    cord_->pull({settings_.name, why, exit_code, pid,
                 !failure_.empty() && health_.watchdog_missed()
                   ? failsafe_cause::watchdog_missed
                   : failsafe_cause::child_failed});
    quit(caf::make_error(ec::emergency_stop, what));
  } else if (reaction == robot_reaction::stop) {
    quit(caf::make_error(failed ? ec::process_failed : ec::process_finished,
                         what));
  }
}

/// Whether an end has no reaction for it would have led to a restart, which the
/// stop of the robot does not let happen.
bool process_supervisor_state::is_spared(bool failed) const {
  return robot_stops_ && schedule_.wanted(failed);
}

void process_supervisor_state::on_exited(const process_exited& fact) {
  stop_tending();
  auto anew = restarts();
  auto by_itself = ended_by_itself(fact);
  auto failed = has_failed(fact);
  auto plan = by_itself && !anew && fact.exit_code != emergency_exit_code_
                ? plan_restart(failed)
                : restart_plan{};
  done_ = fact.cause == ended_by::itself && !failed && health_.has_been_ready();
  state_ = process_state::exited;
  last_exit_ = fact.exit_code;
  child_.reset();
  auto reaction = reaction_to(fact, plan, anew);
  report_exit(fact, plan.delay ? "restart" : to_string(reaction));
  auto what = failure_text(fact);
  auto why = failure_.empty() ? fact.reason : failure_;
  keep_end(&fact, what, plan, reaction);
  auto pid = static_cast<int32_t>(pid_.value_or(0));
  pid_ = caf::none;
  answer_waiting(fact.exit_code);
  if (fact.exit_code == emergency_exit_code_) {
    // The thread that reaped the child has pulled the cord long since; this
    // carries the stop to whoever is linked.
    cord_->pull({settings_.name, "", fact.exit_code, pid});
    quit(caf::make_error(ec::emergency_stop, what));
  } else if (anew) {
    begin_start();
  } else {
    // It was to become ready, and never will.
    if (order_ && order_->kind != order_kind::stop && !stopping())
      order_->promise.deliver(robot_stops_
                                ? refusal_in_stop()
                                : caf::make_error(ec::process_failed, what));
    if (plan.given_up)
      give_up(what);
    if (plan.delay)
      restart_later(*plan.delay, what);
    else if (by_itself && !stopped_for_good_)
      settle(failed || plan.given_up, what, why, fact.exit_code, pid);
    else if (stopping())
      quit(quit_reason_);
    end_order({});
  }
}

} // namespace rr
