// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/control_session.hpp"

#include <algorithm>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

using lock_guard = std::lock_guard<std::mutex>;

/// Adding it to any time is no overflow.
constexpr std::chrono::nanoseconds longest_timeout = 24h * 365;

gamepad_set bit_of(uint8_t index) noexcept {
  return static_cast<gamepad_set>(1u << index);
}

} // namespace

control_session::control_session(const control_settings& settings,
                                 std::shared_ptr<gamepad_writer> writer,
                                 control_listener listener)
  : settings_(settings),
    writer_(std::move(writer)),
    listener_(std::move(listener)) {
  settings_.timeout = std::min(settings_.timeout, longest_timeout);
}

control_verdict
control_session::submit(const control_source& source,
                        const std::vector<gamepad_input>& inputs,
                        time_point now) {
  lock_guard guard{mutex_};
  now = not_before(now);
  auto result = submit_locked(source, inputs, now);
  show(now);
  return result;
}

control_verdict
control_session::submit_locked(const control_source& source,
                               const std::vector<gamepad_input>& inputs,
                               time_point now) {
  expire_locked(now);
  control_verdict result;
  auto is_other = driver_ && *driver_ != source;
  if (inputs.empty() && source.by == control_source::way::call
      && (closed_ || is_other)) {
    result.obeyed = true;
    return result;
  }
  if (closed_)
    return result;
  if (stands_still(now)) {
    result.fault = control_fault::too_old;
    report({source.name, control_fault::too_old, {}, "it has waited", 0}, now);
    return result;
  }
  if (is_other) {
    result.fault = control_fault::other_driver;
    result.driver = driver_->name;
    report({source.name, control_fault::other_driver, {}, {}, 0}, now);
    return result;
  }
  auto drove = driver_.has_value();
  if (!drove && !inputs.empty() && last_driver_ != source)
    for (auto& pad : gamepads_)
      pad.order = {};
  result.obeyed = inputs.empty();
  for (const auto& input : inputs)
    result.obeyed |= take(source, input, result, now);
  if (!result.obeyed)
    return result;
  last_ = now;
  ++counters_.accepted;
  result.connected = driver_ && !drove;
  return result;
}

void control_session::refuse(std::string_view source, control_fault fault,
                             std::string_view detail, time_point now) {
  lock_guard guard{mutex_};
  report({std::string{source}, fault, {}, std::string{detail}, 0},
         not_before(now));
}

void control_session::set_overruns(uint64_t count) {
  lock_guard guard{mutex_};
  counters_.overruns = count;
}

std::optional<control_session::time_point> control_session::deadline() const {
  lock_guard guard{mutex_};
  auto result = retry_;
  auto consider = [&](time_point last) {
    auto due = last + settings_.timeout;
    result = result ? std::min(*result, due) : due;
  };
  if (driver_)
    consider(last_);
  for (const auto& pad : gamepads_)
    if (pad.held)
      consider(pad.last);
  return result;
}

void control_session::expire(time_point now) {
  lock_guard guard{mutex_};
  now = not_before(now);
  expire_locked(now);
  show(now);
}

void control_session::close() {
  lock_guard guard{mutex_};
  closed_ = true;
  driver_.reset();
  for (auto& pad : gamepads_)
    release(pad);
  make_neutral(now_);
  retry_.reset();
  note(news::hands);
  show(now_);
}

void control_session::begin_anew(time_point now) {
  lock_guard guard{mutex_};
  now = not_before(now);
  expire_locked(now);
  settled_at_ = now + settling_time;
  driver_.reset();
  for (auto& pad : gamepads_) {
    if (pad.held)
      pad.order.begin_anew(now);
    pad.lost = false;
    if (pad.held || pad.connected)
      release(pad);
  }
  make_neutral(now);
  note(news::hands);
  show(now);
}

void control_session::obey_while(std::function<bool()> in_time) {
  lock_guard guard{mutex_};
  in_time_ = std::move(in_time);
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

/// Threads that call at the same time need not come in order.
control_session::time_point
control_session::not_before(time_point now) noexcept {
  return now_ = std::max(now_, now);
}

bool control_session::stands_still(time_point now) const {
  return now < settled_at_ || (in_time_ && !in_time_());
}

void control_session::begin(const control_source& source) {
  driver_ = source;
  note(news::hands);
  if (listener_.connected)
    listener_.connected({source.name, last_driver_.has_value(), {}});
  // What another driver did not send of their axes is not what this one holds.
  auto is_other = last_driver_ && *last_driver_ != source;
  for (auto& pad : gamepads_) {
    pad.lost = false;
    pad.clamping_told = false;
    if (is_other && settings_.on_timeout != control_timeout::none)
      pad.state.axes = {};
  }
  last_driver_ = source;
  if (wake_)
    wake_();
}

bool control_session::take(const control_source& source,
                           const gamepad_input& input, control_verdict& verdict,
                           time_point now) {
  auto& pad = gamepads_[input.index];
  auto fault = pad.order.take(input, now, settings_.timeout, settings_.max_age);
  if (!fault) {
    if (!driver_)
      begin(source);
    obey(input, source.name, now);
    return true;
  }
  report({source.name, *fault, input.index, {}, 0}, now);
  // What comes twice by the way is no refusal.
  if (!pad.held && !verdict.fault) {
    verdict.fault = fault;
    verdict.gamepad = input.index;
  }
  return false;
}

void control_session::obey(const gamepad_input& input, std::string_view source,
                           time_point now) {
  auto& pad = gamepads_[input.index];
  pad.last = now;
  pad.held = true;
  pad.is_known = true;
  if (!std::exchange(pad.connected, true))
    note(news::hands);
  if (std::exchange(pad.lost, false) && listener_.connected)
    listener_.connected({std::string{source}, true, input.index});
  tell_clamped(input, source);
  if (auto next = apply(input, pad.state); next != pad.state) {
    pad.state = next;
    note(news::values);
  }
  if (pad.awaits_rest && at_rest(pad.state.axes))
    pad.awaits_rest = false;
  auto shown = pad.state;
  if (pad.awaits_rest)
    shown.axes = {};
  if (auto what = writer_->write(input.index, shown))
    report({std::string{source}, control_fault::unwritten, input.index,
            describe(what), 0},
           now);
}

void control_session::tell_clamped(const gamepad_input& input,
                                   std::string_view source) {
  if (!input.clamped)
    return;
  ++counters_.out_of_range;
  if (std::exchange(gamepads_[input.index].clamping_told, true)
      || !listener_.clamped)
    return;
  listener_.clamped({std::string{source}, input.index,
                     std::string{control_axes[input.clamped->axis]},
                     input.clamped->value});
}

void control_session::expire_locked(time_point now) {
  gamepad_set lost = 0;
  for (uint8_t i = 0; i < gamepad_count; ++i)
    if (gamepads_[i].held && now >= gamepads_[i].last + settings_.timeout)
      lost = static_cast<gamepad_set>(lost | bit_of(i));
  auto driver_too = driver_ && now >= last_ + settings_.timeout;
  if (driver_too || lost != 0)
    lose(lost, driver_too, now);
  else if (retry_ && now >= *retry_)
    make_neutral(now);
}

/// @pre somebody drives: who has lost control has no gamepad left.
void control_session::lose(gamepad_set gamepads, bool driver_too,
                           time_point now) {
  if (settings_.on_timeout == control_timeout::emergency_stop
      && listener_.emergency)
    listener_.emergency(
      describe_loss(driver_->name, gamepads, driver_too).data());
  control_lost fact{driver_->name, settings_.on_timeout, gamepads, driver_too};
  ++counters_.lost;
  note(news::hands);
  if (driver_too)
    driver_.reset();
  auto keeps = settings_.on_timeout == control_timeout::none;
  for (uint8_t i = 0; i < gamepad_count; ++i) {
    auto& pad = gamepads_[i];
    auto is_lost = (gamepads & bit_of(i)) != 0;
    if (is_lost) {
      pad.held = false;
      pad.lost = !driver_too;
      pad.order.begin_anew(now);
    }
    if (!keeps && (is_lost || driver_too))
      release(pad);
  }
  if (!keeps)
    make_neutral(now);
  tell_lost(fact);
}

void control_session::tell_lost(const control_lost& fact) {
  if (listener_.lost)
    listener_.lost(fact);
  if (tell_lost_)
    tell_lost_(fact);
}

void control_session::release(gamepad& pad) noexcept {
  pad.held = false;
  pad.awaits_rest = true;
  pad.state.buttons = 0;
}

/// Whatever nobody holds.
void control_session::make_neutral(time_point now) {
  retry_.reset();
  for (uint8_t i = 0; i < gamepad_count; ++i) {
    auto& pad = gamepads_[i];
    if (pad.held || !pad.connected)
      continue;
    if (auto what = writer_->neutral(i)) {
      report({{}, control_fault::unwritten, i, describe(what), 0}, now);
      retry_ = now + retry_interval;
    } else {
      pad.connected = false;
      note(news::hands);
    }
  }
}

void control_session::report(control_ignored fact, time_point now) {
  ++counter(fact.fault);
  auto suppressed = limits_[static_cast<size_t>(fact.fault)].pass(now);
  if (!suppressed || !listener_.ignored)
    return;
  fact.suppressed = *suppressed;
  listener_.ignored(fact);
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
