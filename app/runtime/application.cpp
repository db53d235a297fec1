// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/application.hpp"

#include <algorithm>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/process_supervisor.hpp"
#include "actors/spin.hpp"
#include "actors/support/report_errors.hpp"
#include "app/runtime/start_order.hpp"
#include "messages/error.hpp"
#include "messages/process/status.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

constexpr auto first_process_stage = static_cast<size_t>(stop_stage::processes);

/// From this one down there is nothing left but the log.
constexpr auto last_log_stage = static_cast<size_t>(stop_stage::log_publishing);

/// How long what has been killed may take to be gone.
constexpr auto kill_patience = caf::timespan{5s};

/// How long actors may take to end once nobody waits for an orderly end.
constexpr auto last_moment = caf::timespan{1s};

} // namespace

application_actor::behavior_type
application_state::make_behavior(application_settings settings) {
  settings_ = std::move(settings);
  report_errors(self_, settings_.log);
  self_->set_down_handler([this](const caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler(
    [this](const caf::exit_msg& msg) { on_exit_message(msg); });
  make_resources();
  return {
    [this](atom::start) { start_next_group(); },
    [this](atom::stop, const std::string& reason) { stop(reason, {}); },
    [this](atom::kill) { kill(); },
    [this](const start_process& order) { return pass_on(order); },
    [this](const stop_process& order) { return pass_on(order); },
    [this](const restart_process& order) { return pass_on(order); },
    [this](atom::status) { return status(); },
    [](atom::tick) { return atom::tick_v; },
    [this](atom::timeout, uint64_t number) { on_timeout(number); },
    [this](atom::health) { report_health(); },
    [this](atom::health, uint64_t question) { answer(question); },
    [this](const stop_cord_pulled& fact) { on_cord_pulled(fact); },
  };
}

const char* application_state::to_string(phase x) noexcept {
  switch (x) {
    case phase::starting:
      return "starting";
    case phase::running:
      return "running";
    case phase::stopping:
      return "stopping";
  }
  return "unknown";
}

// -- behaviour ----------------------------------------------------------------

void application_state::start_next_group() {
  if (phase_ != phase::starting)
    return;
  if (next_group_ == groups_.size()) {
    phase_ = phase::running;
    return;
  }
  const auto& group = groups_[next_group_++];
  pending_starts_ = group.size();
  for (auto i : group)
    self_->request(supervisors_[i], caf::infinite, atom::start_v)
      .then([this](int32_t) { on_start_settled(); },
            [this](const caf::error&) { on_start_settled(); });
}

void application_state::on_start_settled() {
  if (--pending_starts_ == 0)
    start_next_group();
}

void application_state::stop(const std::string& reason,
                             caf::error exit_reason) {
  if (phase_ == phase::stopping)
    return;
  begin_stop();
  stop_reason_ = reason;
  exit_reason_ = std::move(exit_reason);
  stop_last_stage();
}

void application_state::kill() {
  begin_stop();
  in_a_hurry_ = true;
  if (exit_reason_ != ec::emergency_stop) {
    stop_reason_ = "forced by a second signal";
    exit_reason_ = caf::make_error(ec::stop_forced, stop_reason_);
  }
  for (auto& supervisor : supervisors_)
    self_->send(supervisor, atom::kill_v);
  stop_children_now();
}

void application_state::answer(uint64_t question) {
  if (!settings_.life)
    return;
  settings_.life->ask(question);
  settings_.life->answer();
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
  begin_stop();
  in_a_hurry_ = true;
  stop_reason_ = "emergency stop by "
                 + std::string{by_process ? "process " : ""} + who;
  exit_reason_ = caf::make_error(ec::emergency_stop, stop_reason_);
  stop_children_now();
}

/// What has not ended is left behind: whoever hangs cannot be told anything.
void application_state::on_timeout(uint64_t number) {
  if (number != clock_ || phase_ != phase::stopping)
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
    self_->unlink_from(living.handle);
    i = resources_.erase(i);
  }
  if (settings_.on_hang)
    settings_.on_hang();
  if (!exit_reason_)
    exit_reason_ = caf::make_error(ec::stop_forced,
                                   "an actor did not end in time");
  in_a_hurry_ = true;
  clock_runs_ = false;
  stop_last_stage();
}

void application_state::on_down(const caf::down_msg& msg) {
  auto found = resources_.find(msg.source);
  if (found == resources_.end())
    return;
  auto ended = std::move(found->second);
  resources_.erase(found);
  if (ended.may_end
      && (!msg.reason || msg.reason == caf::exit_reason::user_shutdown))
    ended_.insert(msg.source);
  else
    on_ended(ended, msg.reason);
  if (phase_ != phase::stopping)
    return;
  auto in_stage = [this](const auto& x) { return x.second.stage >= stage_; };
  if (std::none_of(resources_.begin(), resources_.end(), in_stage))
    stop_last_stage();
}

/// Links carry an end up and its down message says the same: only what comes
/// from elsewhere is news.
void application_state::on_exit_message(const caf::exit_msg& msg) {
  if (resources_.count(msg.source) > 0 || ended_.count(msg.source) > 0)
    return;
  if (msg.reason == caf::exit_reason::kill)
    self_->quit(msg.reason);
  else if (msg.reason == ec::emergency_stop)
    pull_cord(describe(msg.reason));
  else
    stop("exit message: " + describe(msg.reason), {});
}

// -- resources ----------------------------------------------------------------

void application_state::make_resources() {
  for (const auto& each : settings_.resources) {
    auto handle = each.make(self_, self_);
    self_->link_to(handle);
    add({each.name, std::move(handle), static_cast<size_t>(each.stage), false,
         each.may_end});
  }
  auto tick = [hdl = application_actor{self_}] {
    caf::anon_send(hdl, atom::health_v);
    return caf::error{};
  };
  add({"health",
       caf::actor_cast<caf::actor>(self_->spawn<caf::linked>(
         spin, settings_.log, tick, settings_.health_interval,
         std::shared_ptr<job_runner>{})),
       static_cast<size_t>(stop_stage::services)});
  groups_ = start_order(settings_.processes);
  supervisors_.resize(settings_.processes.size());
  for (size_t group = 0; group < groups_.size(); ++group)
    for (auto i : groups_[group]) {
      const auto& process = settings_.processes[i];
      supervisors_[i] = self_->spawn<caf::linked>(
        process_supervisor, process, settings_.emergency_exit_code,
        settings_.starter, settings_.cord, settings_.log);
      add({"process " + process.name,
           caf::actor_cast<caf::actor>(supervisors_[i]),
           first_process_stage + group, true});
    }
}

void application_state::add(resource what) {
  self_->monitor(what.handle);
  auto address = what.handle.address();
  resources_.emplace(std::move(address), std::move(what));
}

void application_state::on_ended(const resource& ended,
                                 const caf::error& reason) {
  if (reason == ec::emergency_stop) {
    pull_cord(ended.name + ": " + describe(reason));
  } else if (phase_ == phase::stopping) {
    return;
  } else if (ended.is_process && reason == ec::process_finished) {
    stop(describe(reason), {});
  } else if (ended.is_process && reason == ec::process_failed) {
    stop(describe(reason), reason);
  } else {
    report_error(settings_.log, ended.name, reason);
    auto text = ended.name + " ended unexpectedly: " + describe(reason);
    stop(text, caf::make_error(ec::core_actor_ended, text));
  }
}

// -- stopping -----------------------------------------------------------------

/// For whoever raised an emergency stop without pulling the cord; what to do is
/// done when the cord says so.
void application_state::pull_cord(const std::string& cause) {
  settings_.cord->pull({"", cause, settings_.emergency_exit_code});
}

void application_state::begin_stop() {
  if (std::exchange(phase_, phase::stopping) != phase::stopping
      && settings_.on_stop)
    settings_.on_stop();
}

void application_state::stop_last_stage() {
  stage_ = 0;
  for (const auto& [address, living] : resources_)
    stage_ = std::max(stage_, living.stage);
  if (stage_ <= last_log_stage) {
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

/// While the log still leaves; once, also when the cord is pulled after it.
void application_state::say_last_words() {
  if (std::exchange(said_last_words_, true))
    return;
  if (settings_.starter) {
    const auto& clock = self_->home_system().clock();
    auto start = clock.now();
    settings_.starter->flush_output();
    reading_time_ = clock.now() - start;
  }
  auto exit_code = exit_code_of(exit_reason_, settings_.emergency_exit_code);
  settings_.log.write(exit_code == 0 ? log_level::info : log_level::error,
                      "Application is exiting",
                      {{"reason", stop_reason_}, {"exit_code", exit_code}});
}

application_actor::behavior_type
application(application_actor::stateful_pointer<application_state> self,
            application_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

int exit_code_of(const caf::error& reason, int emergency_exit_code) {
  if (!reason)
    return 0;
  return reason == ec::emergency_stop ? emergency_exit_code : 1;
}

} // namespace rr
