// SPDX-License-Identifier: BSD-3-Clause
// The stop of the robot, stage by stage.
#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "app/runtime/application.hpp"
#include "messages/error.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// From this one down there is nothing left but the log and the records.
constexpr auto last_words_stage = static_cast<size_t>(stop_stage::recording);

/// How long what has been killed may take to be gone.
constexpr auto kill_patience = caf::timespan{5s};

/// How long actors may take to end once nobody waits for an orderly end.
constexpr auto last_moment = caf::timespan{1s};

} // namespace

void application_state::kill() {
  begin_stop();
  // Once is enough: nothing starts any more. Another time would give what hangs
  // another moment.
  if (std::exchange(is_forced_, true))
    return;
  in_a_hurry_ = true;
  auto verdict = judge(failsafe_cause::forced_end, failsafe_action::stop);
  if (verdict.action == failsafe_action::stop) {
    stop_reason_ = "forced by a second signal";
    exit_reason_ = caf::make_error(ec::stop_forced, stop_reason_);
  }
  for (auto& supervisor : supervisors_)
    self_->send(supervisor, atom::kill_v);
  stop_children_now();
}

void application_state::on_cord_pulled(const stop_cord_pulled& fact) {
  auto by_process = !fact.cause.process.empty();
  const auto& who = by_process ? fact.cause.process : fact.cause.cause;
  std::vector<log_field> fields{{by_process ? "process" : "cause", who}};
  if (fact.cause.pid != 0)
    fields.emplace_back("pid", fact.cause.pid);
  fields.emplace_back("exit_code", fact.cause.exit_code);
  fields.emplace_back("signal_latency_us", fact.signal_latency_us);
  settings_.log.critical("Received emergency stop", std::move(fields));
  cord_reported_ = true;
  judge(cause_of(fact.cause), failsafe_action::emergency_stop);
  begin_stop();
  stop_process_ = fact.cause.process;
  signal_latency_us_ = fact.signal_latency_us;
  // From its detection on, also where a stop in order has begun before.
  auto latency = std::chrono::microseconds{fact.signal_latency_us};
  stopped_at_ = std::chrono::system_clock::now() - latency;
  stop_began_ = self_->clock().now() - latency;
  gone_after_.reset();
  note_gone();
  in_a_hurry_ = true;
  stop_reason_ = "emergency stop by "
                 + std::string{by_process ? "process " : ""} + who;
  exit_reason_ = caf::make_error(ec::emergency_stop, stop_reason_);
  stop_children_now();
}

void application_state::begin_stop() {
  if (std::exchange(phase_, phase::stopping) == phase::stopping)
    return;
  stopped_at_ = std::chrono::system_clock::now();
  stop_began_ = self_->clock().now();
  note_gone();
  // Before anything that waits for them already, such as a start.
  for (auto& supervisor : supervisors_)
    self_->send<caf::message_priority::high>(supervisor, atom::stop_v);
  if (settings_.on_stop)
    settings_.on_stop();
  if (reload_)
    end_reload(robot_stops());
}

/// Takes down when the last child has gone, once the robot stops.
void application_state::note_gone() {
  auto any = std::any_of(resources_.begin(), resources_.end(),
                         [](const auto& x) { return x.second.is_process; });
  if (phase_ == phase::stopping && !any && !gone_after_
      && !settings_.processes.empty())
    gone_after_ = self_->clock().now() - stop_began_;
}

void application_state::stop_last_stage() {
  stage_ = 0;
  for (const auto& [address, living] : resources_)
    stage_ = std::max(stage_, living.stage);
  if (stage_ <= last_words_stage) {
    // A cord that has been pulled is heard of before the end.
    if (settings_.cord->pulled() != cord_reported_)
      return;
    say_last_words();
  }
  if (resources_.empty())
    return self_->quit(exit_reason_);
  set_clock();
  for (const auto& [address, living] : resources_)
    if (living.stage == stage_)
      self_->send_exit(living.handle, caf::exit_reason::user_shutdown);
}

/// Every child at once, in whatever order they started.
void application_state::stop_children_now() {
  stage_ = first_process_stage;
  // What is no child gets no more than the last moment from now on.
  clock_runs_ = false;
  ++clock_;
  auto any = false;
  for (const auto& [address, living] : resources_)
    if (living.is_process) {
      any = true;
      self_->send_exit(living.handle, caf::exit_reason::user_shutdown);
    }
  if (!any)
    stop_last_stage();
}

/// Counts only while what is waited for is no child: these have time-outs of
/// their own.
void application_state::set_clock() {
  auto patience = in_a_hurry_ ? std::min(settings_.stop_timeout, last_moment)
                              : settings_.stop_timeout;
  if (stage_ >= first_process_stage)
    patience = patience_with_children();
  else if (std::exchange(clock_runs_, true))
    return;
  self_->delayed_send(self_, patience, atom::timeout_v, ++clock_);
}

/// After which only an actor that hangs can be the cause.
caf::timespan application_state::patience_with_children() const {
  auto longest = caf::timespan{0};
  for (const auto& process : settings_.processes)
    longest = std::max(longest, caf::timespan{process.terminate_timeout});
  return longest + std::max(kill_patience, settings_.stop_timeout);
}

/// While the log still leaves. Once more when it has become wrong: the cord was
/// pulled after it, or the log itself hangs.
void application_state::say_last_words() {
  auto exit_code = exit_code_of(exit_reason_, settings_.emergency_exit_code);
  if (std::exchange(told_exit_code_, exit_code) == exit_code)
    return;
  const auto& clock = self_->home_system().clock();
  auto start = clock.now();
  if (settings_.starter)
    settings_.starter->flush_output();
  if (cord_reported_ && settings_.settle)
    settings_.settle();
  reading_time_ = clock.now() - start;
  log_fields fields{{"reason", stop_reason_}, {"exit_code", exit_code}};
  if (signal_latency_us_)
    fields.emplace_back("signal_latency_us", *signal_latency_us_);
  if (gone_after_)
    fields.emplace_back(
      "gone_ms",
      std::chrono::duration<double, std::milli>{*gone_after_}.count());
  settings_.log.write(exit_code == 0 ? log_level::info : log_level::error,
                      "Application is exiting", std::move(fields));
  robot_stopped fact{stopped_at_,   std::chrono::system_clock::now(),
                     exit_code,     stop_reason_,
                     stop_process_, signal_latency_us_};
  if (settings_.recorder)
    self_->send(settings_.recorder, fact);
  if (settings_.flight_recorder)
    self_->send(settings_.flight_recorder, std::move(fact));
}

/// What has not ended is left behind: whoever hangs cannot be told anything.
void application_state::on_timeout(uint64_t number) {
  if (number != clock_)
    return;
  if (reading_time_ > caf::timespan{0}) {
    self_->delayed_send(self_, std::exchange(reading_time_, {}),
                        atom::timeout_v, number);
    return;
  }
  for (auto i = resources_.begin(); i != resources_.end();) {
    const auto& [address, living] = *i;
    if (living.stage < stage_) {
      ++i;
      continue;
    }
    settings_.log.error(
      "Unhandled error",
      {{"actor", living.name},
       {"error", living.name + " has not ended in time: it hangs"}});
    self_->demonitor(address);
    i = resources_.erase(i);
  }
  if (settings_.on_hang)
    settings_.on_hang();
  raise(failsafe_cause::core_actor_hangs, failsafe_action::stop, stop_reason_,
        caf::make_error(ec::stop_forced, "an actor did not end in time"));
  in_a_hurry_ = true;
  clock_runs_ = false;
  stop_last_stage();
}

} // namespace rr
