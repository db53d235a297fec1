// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/hold_watch.hpp"

#include <caf/typed_event_based_actor.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

namespace {

/// Of the subjects of processes.
constexpr auto process_prefix = "process ";

constexpr auto unanswered = "the runtime does not answer";

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "" : ", ") + name;
  return result;
}

} // namespace

hold_watch_state::~hold_watch_state() {
  if (settings_.bell)
    settings_.bell->take_down();
}

caf::behavior hold_watch_state::make_behavior(hold_watch_settings settings) {
  report_errors(self_, settings.log);
  settings_ = std::move(settings);
  if (settings_.bell)
    settings_.bell->hang(self_);
  // Of what has moved before.
  on_moved();
  self_->delayed_send(self_, settings_.interval, atom::tick_v);
  return {
    [this](atom::tick) {
      look();
      self_->delayed_send(self_, settings_.interval, atom::tick_v);
    },
    [this](const process_moved&) { on_moved(); },
    [this](atom::wait) {
      is_gathering_ = false;
      ask_root();
    },
  };
}

void hold_watch_state::look() {
  auto now = self_->clock().now();
  for (const auto& each : settings_.looks)
    each(*settings_.holds, now);
  settings_.holds->set(unanswered, root_asked_);
  ask_root();
  ask_updates();
}

void hold_watch_state::on_moved() {
  is_calm_ = false;
  if (!std::exchange(is_gathering_, true))
    self_->delayed_send(self_, settings_.gathering, atom::wait_v);
}

/// Unless nothing can have changed.
void hold_watch_state::ask_root() {
  if (is_calm_ || std::exchange(root_asked_, true))
    return;
  // If none moves until the answer comes.
  is_calm_ = true;
  self_->request(settings_.root, caf::infinite, atom::list_v)
    .then(
      [this](const robot_status& now) {
        root_asked_ = false;
        on_status(now);
      },
      [this](const caf::error&) { root_asked_ = false; });
}

void hold_watch_state::ask_updates() {
  if (!settings_.updates || std::exchange(updates_asked_, true))
    return;
  self_->request(settings_.updates, caf::infinite, atom::status_v)
    .then(
      [this](const update_status& now) {
        updates_asked_ = false;
        on_updates(now);
      },
      [this](const caf::error&) { updates_asked_ = false; });
}

void hold_watch_state::on_status(const robot_status& now) {
  auto& holds = *settings_.holds;
  holds.set(unanswered, false);
  holds.set("the robot is starting", now.state == "starting");
  holds.set("the robot is stopping", now.state == "stopping");
  is_calm_ &= now.state == "running";
  std::vector<std::string> all;
  for (const auto& process : now.processes) {
    all.push_back(process_prefix + process.name);
    auto hold = hold_of(process, now.state == "starting");
    is_calm_ &= hold.empty();
    holds.tell(all.back(), hold);
  }
  holds.keep_only(process_prefix, all);
}

/// One that leaves says that the network takes them again.
void hold_watch_state::on_updates(const update_status& now) {
  constexpr auto what = "updates cannot be sent";
  if (now.unsent > updates_.unsent)
    settings_.holds->set(what, true);
  else if (now.updates > updates_.updates)
    settings_.holds->set(what, false);
  updates_ = now;
}

caf::behavior hold_watch(caf::stateful_actor<hold_watch_state>* self,
                         hold_watch_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

std::string hold_of(const process_status& process, bool starting) {
  auto has = [&](const std::string& what) {
    return process_prefix + process.name + ' ' + what;
  };
  switch (process.state) {
    case process_state::running:
      return {};
    case process_state::idle:
      return starting ? std::string{} : has("has not been started");
    case process_state::exited:
      if (!process.last_exit)
        return has("was stopped before it started");
      if (*process.last_exit == 0)
        return process.last_end && process.last_end->failed
                 ? process.last_end->reason
                 : std::string{};
      return has("has ended with exit code "
                 + std::to_string(*process.last_exit));
    case process_state::failed:
      return has("has failed");
    case process_state::waiting:
      return has("waits for " + joined(process.waiting_for));
    default:
      return has(std::string{"is "} + to_string(process.state));
  }
}

} // namespace rr
