// SPDX-License-Identifier: BSD-3-Clause
// Who takes control from whom, and what others are shown of it.
#include <algorithm>
#include <chrono>
#include <utility>

#include "bridges/control/control_session.hpp"

namespace rr {

control_verdict control_session::take_over(const control_source& source,
                                           time_point now) {
  std::lock_guard guard{mutex_};
  now = not_before(now);
  expire_locked(now);
  control_verdict result;
  if (!closed_ && stands_still(now)) {
    result.fault = control_fault::too_old;
    report({source.name, control_fault::too_old, {}, "it has waited", 0}, now);
  } else if (!closed_) {
    result.obeyed = true;
    result.connected = driver_ != source;
    last_ = now;
    if (result.connected) {
      if (last_driver_ != source)
        for (auto& pad : gamepads_)
          pad.order = {};
      auto from = std::exchange(driver_, {});
      let_go_of_all(now);
      if (from && listener_.taken)
        listener_.taken({source.name, from->name});
      begin(source);
    }
  }
  show(now);
  return result;
}

/// As after a silence, but that nobody is told of one.
void control_session::let_go_of_all(time_point now) {
  auto keeps = settings_.on_timeout == control_timeout::none;
  for (auto& pad : gamepads_) {
    if (!keeps && (pad.held || pad.connected))
      release(pad);
    pad.held = false;
  }
  if (!keeps)
    make_neutral(now);
}

void control_session::note(news what) noexcept {
  news_ = std::max(news_, what);
}

control_view control_session::view() const {
  control_view result;
  result.time = std::chrono::system_clock::now();
  if (driver_)
    result.driver = driver_->name;
  for (uint8_t i = 0; i < gamepad_count; ++i) {
    const auto& pad = gamepads_[i];
    if (pad.is_known)
      result.gamepads.push_back(
        {i, pad.connected, pad.connected ? pad.state : gamepad_state{}});
  }
  return result;
}

void control_session::show(time_point now) {
  if (news_ == news::none || !listener_.shown
      || (news_ == news::values && !views_.pass(now)))
    return;
  news_ = news::none;
  listener_.shown(view());
}

} // namespace rr
