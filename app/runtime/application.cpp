// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/application.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/process_supervisor.hpp"
#include "actors/spin.hpp"
#include "actors/support/report_errors.hpp"
#include "app/runtime/start_order.hpp"
#include "messages/error.hpp"
#include "messages/process/status.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

application_actor::behavior_type
application_state::make_behavior(application_settings settings) {
  settings_ = std::move(settings);
  report_errors(self_, settings_.log);
  self_->set_down_handler([this](const caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler(
    [this](const caf::exit_msg& msg) { on_exit_message(msg); });
  make_resources();
  return {
    [this](atom::start) { start(); },
    [this](atom::stop, const std::string& reason) {
      raise(failsafe_cause::stop_order, failsafe_action::stop, reason);
    },
    [this](atom::kill) { kill(); },
    [this](const start_process& order) { return pass_on(order); },
    [this](const stop_process& order) { return pass_on(order); },
    [this](const restart_process& order) { return pass_on(order); },
    [this](const reload_processes& order) { return begin_reload(order); },
    [this](atom::status question) { return ask_all(question); },
    [this](atom::list question) { return ask_all(question); },
    [](atom::tick) { return atom::tick_v; },
    [this](atom::timeout, uint64_t number) { on_timeout(number); },
    [this](atom::health) { report_health(); },
    [this](atom::health, uint64_t question) { answer(question); },
    [this](const stop_cord_pulled& fact) { on_cord_pulled(fact); },
    [this](const process_moved& step) { on_moved(step); },
    [this](const process_status& last) {
      last_words_.insert_or_assign(last.name, last);
    },
    [this](const configuration_read& fact) { on_read(fact); },
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

application_state::~application_state() {
  for (const auto& [address, living] : resources_)
    caf::anon_send_exit(living.handle, caf::exit_reason::kill);
  // One whose child cannot be killed has been left behind, and would be there
  // for good: it owes itself an answer.
  for (const auto& supervisor : supervisors_)
    caf::anon_send_exit(supervisor, caf::exit_reason::kill);
}

// -- behaviour ----------------------------------------------------------------

void application_state::start() {
  if (phase_ != phase::starting || std::exchange(begun_, true))
    return;
  started_at_ = self_->clock().now();
  start_due();
}

/// Starts those whose turn has come, now or long after the others. Once the
/// robot stops, no supervisor starts anything.
void application_state::start_due() {
  if (!begun_)
    return;
  for (auto i : plan_.take_due())
    self_->request(supervisors_[i], caf::infinite, atom::start_v)
      .then([](int32_t) {}, [](const caf::error&) {});
  if (phase_ != phase::starting || is_letting_go() || !plan_.settled())
    return;
  phase_ = phase::running;
  if (settings_.on_running)
    settings_.on_running();
}

void application_state::on_moved(const process_moved& step) {
  plan_.note(step, self_->clock().now() - started_at_);
  if (settings_.on_moved)
    settings_.on_moved(step);
  start_due();
  go_on_reloading();
}

void application_state::answer(uint64_t question) {
  if (!settings_.life)
    return;
  settings_.life->ask(question);
  settings_.life->answer();
}

void application_state::on_down(const caf::down_msg& msg) {
  auto found = resources_.find(msg.source);
  if (found == resources_.end())
    return;
  auto ended = std::move(found->second);
  resources_.erase(found);
  if (ended.is_process)
    note_gone();
  auto well = !msg.reason || msg.reason == caf::exit_reason::user_shutdown;
  if (!ended.may_end || !well)
    on_ended(ended, msg.reason);
  if (phase_ != phase::stopping)
    return note_let_go(msg.source);
  auto in_stage = [this](const auto& x) { return x.second.stage >= stage_; };
  if (std::none_of(resources_.begin(), resources_.end(), in_stage))
    stop_last_stage();
}

/// From elsewhere: of what it has made it hears by down messages.
void application_state::on_exit_message(const caf::exit_msg& msg) {
  if (msg.reason == ec::emergency_stop)
    raise(failsafe_cause::actor_emergency, failsafe_action::emergency_stop,
          describe(msg.reason));
  else
    raise(failsafe_cause::stop_order, failsafe_action::stop,
          "exit message: " + describe(msg.reason));
}

// -- resources ----------------------------------------------------------------

void application_state::make_resources() {
  for (const auto& each : settings_.resources) {
    add({each.name, each.make(self_, self_), static_cast<size_t>(each.stage),
         false, each.may_end});
  }
  auto tick = [hdl = application_actor{self_}] {
    caf::anon_send(hdl, atom::health_v);
    return caf::error{};
  };
  add({"health",
       caf::actor_cast<caf::actor>(self_->spawn(spin, settings_.log, tick,
                                                settings_.health_interval,
                                                std::shared_ptr<job_runner>{})),
       static_cast<size_t>(stop_stage::services)});
  plan_ = start_plan{settings_.processes};
  put_in_place(std::exchange(settings_.processes, {}));
}

/// Makes a supervisor for each process that has none.
void application_state::put_in_place(std::vector<process_settings> processes) {
  std::map<std::string, resource*> here;
  for (auto& [address, living] : resources_)
    if (living.is_process)
      here.emplace(living.process, &living);
  auto groups = start_order(processes);
  std::vector<process_supervisor_actor> supervisors(processes.size());
  for (size_t group = 0; group < groups.size(); ++group)
    for (auto i : groups[group]) {
      auto stage = first_process_stage + group;
      auto kept = here.find(processes[i].name);
      if (kept == here.end()) {
        supervisors[i] = make_supervisor(processes[i], stage);
        continue;
      }
      kept->second->stage = stage;
      supervisors[i]
        = caf::actor_cast<process_supervisor_actor>(kept->second->handle);
    }
  settings_.processes = std::move(processes);
  supervisors_ = std::move(supervisors);
}

process_supervisor_actor
application_state::make_supervisor(const process_settings& process,
                                   size_t stage) {
  last_words_.erase(process.name);
  auto result = self_->spawn(process_supervisor, process,
                             settings_.emergency_exit_code, settings_.starter,
                             settings_.cord, settings_.log,
                             process_observer_actor{application_actor{self_}},
                             settings_.recorder);
  add({"process " + process.name, caf::actor_cast<caf::actor>(result), stage,
       true, false, process.name});
  return result;
}

void application_state::add(resource what) {
  self_->monitor(what.handle);
  auto address = what.handle.address();
  resources_.emplace(std::move(address), std::move(what));
}

void application_state::on_ended(const resource& ended,
                                 const caf::error& reason) {
  using enum failsafe_cause;
  auto why = describe(reason);
  if (reason == ec::emergency_stop) {
    raise(actor_emergency, failsafe_action::emergency_stop,
          ended.name + ": " + why);
  } else if (phase_ == phase::stopping) {
    // It has been told to.
    return;
  } else if (ended.is_process && reason == ec::process_finished) {
    stop_process_ = ended.process;
    raise(child_finished, failsafe_action::stop, why);
  } else if (ended.is_process && reason == ec::process_failed) {
    stop_process_ = ended.process;
    raise(child_failed, failsafe_action::stop, why, reason);
  } else {
    report_error(settings_.log, ended.name, reason);
    auto text = ended.name + " ended unexpectedly: " + why;
    raise(core_actor_ended, failsafe_action::stop, text,
          caf::make_error(ec::core_actor_ended, text));
  }
}

application_actor::behavior_type
application(application_actor::stateful_pointer<application_state> self,
            application_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace rr
