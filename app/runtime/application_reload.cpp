// SPDX-License-Identifier: BSD-3-Clause
// Another configuration while the robot runs.
#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>

#include "app/runtime/application.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

std::string as_list(const std::vector<std::string>& texts,
                    const char* between) {
  std::string result;
  for (const auto& each : texts)
    result += (result.empty() ? "" : between) + each;
  return result;
}

/// For whoever calls, with the list as it is; for people, one a line.
caf::error refusal_for(const std::vector<std::string>& problems) {
  return remote_error(
    {"the configuration is refused", {{"problems", problems}}});
}

} // namespace

caf::result<process_changes>
application_state::begin_reload(const reload_processes& order) {
  caf::error refusal;
  if (phase_ == phase::stopping)
    refusal = robot_stops();
  else if (reload_)
    refusal = caf::make_error(ec::reloading,
                              "a reload is under way, try again after it");
  else if (!settings_.reread)
    refusal = caf::make_error(ec::bad_configuration, "this program does not "
                                                     "read its configuration "
                                                     "again");
  if (refusal) {
    report_refusal(order.by, refusal);
    return refusal;
  }
  reload_ = reload{};
  auto& begun = *reload_;
  begun.by = order.by;
  begun.promise = self_->make_response_promise<process_changes>();
  if (settings_.on_reload)
    settings_.on_reload(true);
  auto promise = begun.promise;
  settings_.reread(application_actor{self_});
  return promise;
}

void application_state::on_read(const configuration_read& fact) {
  // A stop may have ended the reload meanwhile.
  if (!reload_ || reload_->is_read)
    return;
  if (!fact.problems.empty())
    return end_reload(refusal_for(fact.problems));
  reload_->is_read = true;
  reload_->processes = fact.processes;
  reload_->changes = changed(settings_.processes, fact.processes);
  reload_->leaving = let_go(settings_.processes, reload_->changes);
  // Nobody starts any more who is about to go.
  for (const auto& group : reload_->leaving)
    for (const auto& process : group)
      plan_.withdraw(process);
  go_on_reloading();
}

/// Lets one group go after the other, then has the new ones take their places.
void application_state::go_on_reloading() {
  if (!reload_ || !reload_->is_read || phase_ == phase::stopping
      || settings_.cord->pulled())
    return;
  auto& leaving = reload_->leaving;
  while (reload_->going.empty() && !leaving.empty()) {
    let_group_go(leaving.back());
    leaving.pop_back();
  }
  if (!reload_->going.empty())
    return;
  if (!std::exchange(reload_->is_in_place, true)) {
    plan_ = plan_.followed_by(reload_->processes, reload_->changes);
    put_in_place(std::move(reload_->processes));
    tell_processes();
    start_due();
  }
  if (plan_.changes_made())
    end_reload({});
}

void application_state::let_group_go(const std::vector<std::string>& names) {
  for (auto& [address, living] : resources_) {
    if (!living.is_process
        || std::ranges::find(names, living.process) == names.end())
      continue;
    // From now on its end is no news.
    living.may_end = true;
    reload_->going.insert(address);
    self_->send_exit(living.handle, caf::exit_reason::user_shutdown);
  }
}

void application_state::note_let_go(const caf::actor_addr& gone) {
  if (reload_ && reload_->going.erase(gone) > 0)
    go_on_reloading();
}

/// Whether others are to come once these have gone.
bool application_state::is_letting_go() const noexcept {
  return reload_ && reload_->is_read && !reload_->is_in_place;
}

bool application_state::is_leaving(const std::string& process) const {
  return is_letting_go() && lets_go(reload_->changes, process);
}

void application_state::report_refusal(const std::string& by,
                                       const caf::error& refusal) const {
  auto why = to_call_error(refusal);
  log_fields fields{{"by", by}, {"reason", why.message}};
  auto problems = why.context.value("problems", std::vector<std::string>{});
  if (!problems.empty())
    fields.emplace_back("problems", as_list(problems, "\n"));
  settings_.log.error("Reload refused", std::move(fields));
}

void application_state::tell_processes() const {
  if (!settings_.on_processes)
    return;
  std::vector<std::string> names;
  for (const auto& process : settings_.processes)
    names.push_back(process.name);
  settings_.on_processes(std::move(names));
}

/// @param refusal none where all of it has been done.
void application_state::end_reload(const caf::error& refusal) {
  auto ended = std::move(*reload_);
  reload_.reset();
  if (refusal) {
    report_refusal(ended.by, refusal);
    ended.promise.deliver(refusal);
  } else {
    const auto& done = ended.changes;
    settings_.log.info("Processes reloaded",
                       {{"by", ended.by},
                        {"started", as_list(done.started, ", ")},
                        {"stopped", as_list(done.stopped, ", ")},
                        {"restarted", as_list(done.restarted, ", ")}});
    ended.promise.deliver(ended.changes);
  }
  if (settings_.on_reload)
    settings_.on_reload(false);
}

} // namespace rr
