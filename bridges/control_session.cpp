// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control_session.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

using lock_guard = std::lock_guard<std::mutex>;
using seconds = std::chrono::duration<double>;

/// How much the clocks of driver and robot may differ in speed.
constexpr double clock_drift = 500e-6;

/// Adding it to any time is no overflow.
constexpr std::chrono::nanoseconds longest_timeout = 24h * 365;

event_budget one_a_second() {
  return {1, 1s};
}

} // namespace

control_session::control_session(const control_settings& settings,
                                 std::shared_ptr<gamepad_writer> writer,
                                 control_listener listener)
  : settings_(settings),
    writer_(std::move(writer)),
    listener_(std::move(listener)),
    budgets_{one_a_second(), one_a_second(), one_a_second(), one_a_second(),
             one_a_second(), one_a_second(), one_a_second(), one_a_second()} {
  settings_.timeout = std::min(settings_.timeout, longest_timeout);
}

bool control_session::submit(const control_source& source,
                             const std::vector<gamepad_input>& inputs,
                             time_point now) {
  lock_guard guard{mutex_};
  expire_locked(now);
  if (closed_)
    return false;
  if (driver_ && *driver_ != source) {
    report(source.name, control_fault::other_driver, {}, now);
    return false;
  }
  if (!driver_)
    begin(source);
  auto obeyed = false;
  for (const auto& input : inputs)
    obeyed |= obey(input, source.name, now);
  if (!obeyed)
    return false;
  last_ = now;
  ++counters_.accepted;
  return true;
}

void control_session::refuse(std::string_view source, control_fault fault,
                             std::string_view detail, time_point now) {
  lock_guard guard{mutex_};
  report(source, fault, detail, now);
}

void control_session::set_overruns(uint64_t count) {
  lock_guard guard{mutex_};
  counters_.overruns = count;
}

std::optional<control_session::time_point> control_session::deadline() const {
  lock_guard guard{mutex_};
  if (driver_)
    return last_ + settings_.timeout;
  return retry_;
}

void control_session::expire(time_point now) {
  lock_guard guard{mutex_};
  expire_locked(now);
}

void control_session::close() {
  lock_guard guard{mutex_};
  closed_ = true;
  driver_.reset();
  make_neutral(time_point{});
  retry_.reset();
}

void control_session::on_deadline(std::function<void()> wake) {
  lock_guard guard{mutex_};
  wake_ = std::move(wake);
}

void control_session::on_lost(std::function<void(const control_lost&)> tell) {
  lock_guard guard{mutex_};
  tell_lost_ = std::move(tell);
}

control_status control_session::status() const {
  lock_guard guard{mutex_};
  return {driver_ ? driver_->name : std::string{}, counters_};
}

/// Every packet that begins a session is obeyed: nothing speaks against it yet.
void control_session::begin(const control_source& source) {
  driver_ = source;
  retry_.reset();
  smallest_delay_.reset();
  for (auto& pad : gamepads_)
    pad.seq.reset();
  if (listener_.connected)
    listener_.connected({source.name, last_driver_.has_value()});
  // What another driver did not send of his axes is not what this one holds.
  if (last_driver_ && *last_driver_ != source
      && settings_.on_timeout != control_timeout::none)
    for (auto& pad : gamepads_)
      pad.state.axes = {};
  last_driver_ = source;
  if (wake_)
    wake_();
}

bool control_session::obey(const gamepad_input& input, std::string_view source,
                           time_point now) {
  if (auto fault = fault_of(input, now)) {
    report(source, *fault, {}, now);
    return false;
  }
  auto& pad = gamepads_[input.index];
  if (input.seq)
    pad.seq = input.seq;
  pad.state = apply(input, pad.state);
  pad.connected = true;
  if (pad.awaits_rest && at_rest(pad.state.axes))
    pad.awaits_rest = false;
  auto shown = pad.state;
  if (pad.awaits_rest)
    shown.axes = {};
  if (auto what = writer_->write(input.index, shown))
    report(source, control_fault::unwritten, describe(what), now);
  return true;
}

std::optional<control_fault>
control_session::fault_of(const gamepad_input& input, time_point now) {
  const auto& last = gamepads_[input.index].seq;
  if (input.seq && last && *input.seq <= *last)
    return *input.seq == *last ? control_fault::duplicate
                               : control_fault::reordered;
  if (input.time && is_too_old(*input.time, now))
    return control_fault::too_old;
  return std::nullopt;
}

bool control_session::is_too_old(double sent, time_point now) {
  auto delay = seconds{now.time_since_epoch()}.count() - sent;
  if (smallest_delay_)
    *smallest_delay_ += seconds{now - std::exchange(delay_taken_, now)}.count()
                        * clock_drift;
  if (!smallest_delay_ || delay < *smallest_delay_) {
    smallest_delay_ = delay;
    delay_taken_ = now;
  }
  return delay - *smallest_delay_ > seconds{settings_.max_age}.count();
}

void control_session::expire_locked(time_point now) {
  if (driver_ && now >= last_ + settings_.timeout)
    lose(now);
  else if (!driver_ && retry_ && now >= *retry_)
    make_neutral(now);
}

void control_session::lose(time_point now) {
  control_lost fact{driver_->name, settings_.on_timeout};
  driver_.reset();
  ++counters_.lost;
  if (settings_.on_timeout == control_timeout::emergency_stop
      && listener_.emergency)
    listener_.emergency(fact);
  if (settings_.on_timeout != control_timeout::none)
    make_neutral(now);
  if (listener_.lost)
    listener_.lost(fact);
  if (tell_lost_)
    tell_lost_(fact);
}

void control_session::make_neutral(time_point now) {
  retry_.reset();
  for (uint8_t i = 0; i < gamepad_count; ++i) {
    auto& pad = gamepads_[i];
    pad.awaits_rest = true;
    pad.state.buttons = 0;
    if (!pad.connected)
      continue;
    if (auto what = writer_->neutral(i)) {
      report({}, control_fault::unwritten, describe(what), now);
      retry_ = now + retry_interval;
    } else {
      pad.connected = false;
    }
  }
}

void control_session::report(std::string_view source, control_fault fault,
                             std::string_view detail, time_point now) {
  ++counter(fault);
  auto& budget = budgets_[static_cast<size_t>(fault)];
  if (budget.take(now) && listener_.ignored)
    listener_.ignored({std::string{source}, fault, std::string{detail},
                       budget.take_suppressed()});
}

uint64_t& control_session::counter(control_fault fault) noexcept {
  switch (fault) {
    case control_fault::oversized:
      return counters_.oversized;
    case control_fault::not_allowed:
      return counters_.not_allowed;
    case control_fault::other_driver:
      return counters_.other_driver;
    case control_fault::duplicate:
      return counters_.duplicate;
    case control_fault::reordered:
      return counters_.reordered;
    case control_fault::too_old:
      return counters_.too_old;
    case control_fault::unwritten:
      return counters_.unwritten;
    default:
      return counters_.malformed;
  }
}

} // namespace rr
