// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/telemetry/telemetry_feed.hpp"

#include <algorithm>
#include <utility>

namespace rr {

telemetry_feed::telemetry_feed() : entries_(std::make_shared<const entries>()) {
  // Nobody drives, since now.
  control_.time = std::chrono::system_clock::now();
}

void telemetry_feed::on_interest(std::function<void()> tell) {
  tell_of_interest_ = std::move(tell);
}

void telemetry_feed::add(const std::shared_ptr<telemetry_listener>& listener,
                         bool figures) {
  std::shared_ptr<const stop_cord_pulled> stop;
  {
    // In this order everywhere.
    std::scoped_lock kinds{state_mutex_, control_mutex_};
    auto was_heard = is_heard();
    {
      auto joined = std::make_shared<entries>(*heard_by());
      std::erase_if(*joined,
                    [](const entry& x) { return x.listener.expired(); });
      joined->push_back({listener, figures});
      std::lock_guard guard{mutex_};
      entries_ = std::move(joined);
      stop = stop_;
    }
    // While nobody listened nobody kept it.
    if (!was_heard)
      state_.reset();
    if (state_)
      listener->on_state(*state_);
    listener->on_control(control_);
  }
  if (stop)
    listener->on_stopped(*stop);
  if (tell_of_interest_)
    tell_of_interest_();
}

bool telemetry_feed::is_heard() const {
  return std::ranges::any_of(*heard_by(), [](const entry& each) {
    return !each.listener.expired();
  });
}

bool telemetry_feed::is_asked_for_figures() const {
  return std::ranges::any_of(*heard_by(), [](const entry& each) {
    return each.figures && !each.listener.expired();
  });
}

bool telemetry_feed::has_state() {
  std::lock_guard guard{state_mutex_};
  return state_.has_value();
}

void telemetry_feed::tell_log(event_ptr event) {
  std::lock_guard guard{log_mutex_};
  past_.append(event);
  tell_all([&](telemetry_listener& x) { x.on_log(event); });
}

void telemetry_feed::tell_state(telemetry_state state) {
  std::lock_guard guard{state_mutex_};
  state_ = std::move(state);
  tell_all([&](telemetry_listener& x) { x.on_state(*state_); });
}

void telemetry_feed::tell_control(const control_view& control) {
  std::lock_guard guard{control_mutex_};
  control_ = control;
  tell_all([&](telemetry_listener& x) { x.on_control(control); });
}

void telemetry_feed::tell_stopped(const stop_cord_pulled& stop) {
  auto kept = std::make_shared<const stop_cord_pulled>(stop);
  std::shared_ptr<const entries> all;
  {
    std::lock_guard guard{mutex_};
    stop_ = kept;
    all = entries_;
  }
  for (const auto& each : *all)
    if (auto listener = each.listener.lock())
      listener->on_stopped(*kept);
}

void telemetry_feed::tell_call(const event_ptr& head) {
  tell_all([&](telemetry_listener& x) { x.on_call(head); });
}

std::shared_ptr<const telemetry_feed::entries>
telemetry_feed::heard_by() const {
  std::lock_guard guard{mutex_};
  return entries_;
}

} // namespace rr
