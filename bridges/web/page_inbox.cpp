// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/page_inbox.hpp"

#include <algorithm>
#include <utility>

#include "bridges/web/page_messages.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

page_inbox::page_inbox(std::function<void()> wake) : wake_(std::move(wake)) {
}

template <class F>
void page_inbox::update(F&& f) {
  auto wakes = false;
  {
    std::lock_guard guard{mutex_};
    if (f())
      wakes = !std::exchange(has_woken_, true);
  }
  if (wakes && wake_)
    wake_();
}

// -- whoever tells ------------------------------------------------------------

void page_inbox::on_log(const event_ptr& event) {
  update([&] {
    if (!level_ || event->level < *level_)
      return false;
    keep(event);
    return events_.size() == 1;
  });
}

void page_inbox::on_state(const telemetry_state& state) {
  update([&] {
    // What it began with may have been newer.
    if (state.seq <= heard_)
      return false;
    auto is_first = heard_ == 0;
    heard_ = state.seq;
    change added{++seq_, is_first ? state.whole : nullptr, state.text};
    if (!is_first && !added.changes)
      added.changes
        = std::make_shared<const std::string>(message_text(*state.changes));
    if (added.changes)
      change_bytes_ += added.changes->size();
    changes_.push_back(std::move(added));
    return true;
  });
}

void page_inbox::on_control(const control_view& control) {
  update([&] {
    auto is_new = !control_;
    control_ = control;
    return is_new;
  });
}

void page_inbox::on_stopped(const stop_cord_pulled& stop) {
  update([&] {
    stop_ = stop;
    return true;
  });
}

void page_inbox::answer(std::string text) {
  update([&] {
    answer_bytes_ += text.size();
    answers_.push_back(std::move(text));
    return true;
  });
}

/// While the mutex is held, as below.
void page_inbox::keep(const event_ptr& event) {
  events_.push_back(event);
  event_bytes_ += size_in_memory(*event);
  while (events_.size() > most_events
         || (event_bytes_ > most_bytes && events_.size() > 1)) {
    drop_oldest();
    ++missed_;
  }
}

void page_inbox::drop_oldest() {
  event_bytes_ -= size_in_memory(*events_.front());
  events_.pop_front();
}

// -- the server's thread ------------------------------------------------------

void page_inbox::begin_log(log_level level, const events& past) {
  std::lock_guard guard{mutex_};
  level_ = level;
  events_.clear();
  event_bytes_ = 0;
  missed_ = 0;
  log_due_.reset();
  // At once.
  if (!past.empty())
    log_due_ = time_point{};
  for (const auto& each : past)
    keep(each);
  // These are no loss: the memory of events is bounded, too.
  missed_ = 0;
}

void page_inbox::end_log() {
  std::lock_guard guard{mutex_};
  level_.reset();
  events_.clear();
  event_bytes_ = 0;
  missed_ = 0;
}

void page_inbox::look() {
  std::lock_guard guard{mutex_};
  has_woken_ = false;
}

std::optional<stop_cord_pulled> page_inbox::take_stop() {
  std::lock_guard guard{mutex_};
  return std::exchange(stop_, {});
}

std::optional<std::string> page_inbox::take_answer() {
  std::lock_guard guard{mutex_};
  if (answers_.empty())
    return std::nullopt;
  auto result = std::move(answers_.front());
  answers_.pop_front();
  answer_bytes_ -= result.size();
  return result;
}

std::optional<std::string> page_inbox::take_state() {
  change next;
  {
    std::lock_guard guard{mutex_};
    if (changes_.empty())
      return std::nullopt;
    next = std::move(changes_.front());
    changes_.pop_front();
    if (next.changes)
      change_bytes_ -= next.changes->size();
  }
  return next.whole ? page_state(next.seq, *next.whole)
                    : page_changes(next.seq, *next.changes);
}

std::optional<control_view> page_inbox::take_control(time_point now) {
  std::lock_guard guard{mutex_};
  if (!control_ || now < next_control_)
    return std::nullopt;
  next_control_ = now + control_interval;
  return std::exchange(control_, {});
}

std::optional<page_inbox::log_batch> page_inbox::take_log(time_point now) {
  std::lock_guard guard{mutex_};
  if (events_.empty())
    return std::nullopt;
  if (!log_due_)
    log_due_ = now + gather_time;
  if (now < *log_due_)
    return std::nullopt;
  log_batch result;
  result.missed = std::exchange(missed_, 0);
  while (!events_.empty() && result.all.size() < batch_events) {
    result.all.push_back(events_.front());
    drop_oldest();
  }
  if (events_.empty())
    log_due_.reset();
  return result;
}

std::optional<page_inbox::time_point> page_inbox::deadline() const {
  std::lock_guard guard{mutex_};
  std::optional<time_point> result;
  if (control_)
    result = next_control_;
  if (!events_.empty() && log_due_)
    result = result ? std::min(*result, *log_due_) : *log_due_;
  return result;
}

bool page_inbox::is_overrun() const {
  std::lock_guard guard{mutex_};
  return change_bytes_ > most_bytes || answer_bytes_ > most_bytes;
}

} // namespace rr
