// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_inbox.hpp"

#include <utility>

namespace rr {

foxglove_inbox::foxglove_inbox(std::function<void()> wake)
  : wake_(std::move(wake)) {
}

void foxglove_inbox::on_log(const event_ptr& event) {
  std::unique_lock lock{mutex_};
  if (!wants_log_)
    return;
  append(event);
  auto wakes = !std::exchange(woken_, true);
  lock.unlock();
  wake_for(wakes);
}

void foxglove_inbox::on_state(const telemetry_state& state) {
  auto now = std::chrono::system_clock::now();
  std::unique_lock lock{mutex_};
  last_ = {now, state.whole, true};
  if (!wants_state_ || overrun_)
    return;
  if (!std::exchange(has_whole_, true))
    states_.push_back(last_);
  else if (states_.size() < most_changes)
    states_.push_back({now, state.changes, false});
  else
    overrun_ = true;
  auto wakes = !std::exchange(woken_, true);
  lock.unlock();
  wake_for(wakes);
}

void foxglove_inbox::on_control(const control_view& control) {
  std::unique_lock lock{mutex_};
  last_control_ = control;
  if (!wants_control_)
    return;
  control_ = control;
  auto wakes = !std::exchange(woken_, true);
  lock.unlock();
  wake_for(wakes);
}

void foxglove_inbox::on_stopped(const stop_cord_pulled&) {
  // The thread that has pulled the cord is not kept waiting.
}

void foxglove_inbox::want_log(std::vector<event_ptr> past) {
  std::lock_guard guard{mutex_};
  wants_log_ = true;
  for (const auto& each : past)
    append(each);
}

void foxglove_inbox::want_state() {
  std::lock_guard guard{mutex_};
  wants_state_ = true;
  has_whole_ = last_.value != nullptr;
  if (has_whole_)
    states_.push_back(last_);
}

void foxglove_inbox::want_control() {
  std::lock_guard guard{mutex_};
  wants_control_ = true;
  control_ = last_control_;
}

void foxglove_inbox::drop_log() {
  std::lock_guard guard{mutex_};
  wants_log_ = false;
  events_.clear();
  missed_ = 0;
}

void foxglove_inbox::drop_state() {
  std::lock_guard guard{mutex_};
  wants_state_ = false;
  states_.clear();
}

void foxglove_inbox::drop_control() {
  std::lock_guard guard{mutex_};
  wants_control_ = false;
  control_.reset();
}

void foxglove_inbox::look() {
  std::lock_guard guard{mutex_};
  woken_ = false;
}

std::optional<foxglove_inbox::waiting_event> foxglove_inbox::take_event() {
  std::lock_guard guard{mutex_};
  if (events_.empty())
    return std::nullopt;
  waiting_event result{std::move(events_.front()), std::exchange(missed_, 0)};
  events_.pop_front();
  return result;
}

std::optional<foxglove_inbox::waiting_state> foxglove_inbox::take_state() {
  std::lock_guard guard{mutex_};
  if (states_.empty())
    return std::nullopt;
  auto result = std::move(states_.front());
  states_.pop_front();
  return result;
}

std::optional<control_view> foxglove_inbox::take_control() {
  std::lock_guard guard{mutex_};
  return std::exchange(control_, std::nullopt);
}

bool foxglove_inbox::has_control() const {
  std::lock_guard guard{mutex_};
  return control_.has_value();
}

bool foxglove_inbox::is_overrun() const {
  std::lock_guard guard{mutex_};
  return overrun_;
}

void foxglove_inbox::append(const event_ptr& event) {
  events_.push_back(event);
  if (events_.size() <= most_events)
    return;
  events_.pop_front();
  ++missed_;
}

/// Without the lock: what is woken may look at once.
void foxglove_inbox::wake_for(bool something) {
  if (something)
    wake_();
}

} // namespace rr
