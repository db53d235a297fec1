// SPDX-License-Identifier: BSD-3-Clause
#include "actors/control_client.hpp"

#include "actors/support/report_errors.hpp"
#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"

namespace rr {

control_client_actor::behavior_type
control_client_state::make_behavior(const control_client_settings& settings,
                                    sender send, event_log log) {
  report_errors(self_, log);
  settings_ = settings;
  send_ = std::move(send);
  log_ = std::move(log);
  clock_ = {self_->clock().now(), settings.interval};
  schedule_next();
  return {
    [this](const gamepad_input& input) { gamepads_[input.index] = input; },
    [this](atom::tick) { on_tick(); },
  };
}

void control_client_state::on_tick() {
  if (!gamepads_.empty())
    send();
  schedule_next();
}

void control_client_state::send() {
  auto now = self_->clock().now().time_since_epoch();
  auto resting = seq_ < settings_.rest_packets;
  ++seq_;
  std::vector<gamepad_input> inputs;
  for (auto& [index, last] : gamepads_) {
    auto& input = inputs.emplace_back(last);
    input.seq = seq_;
    input.time = std::chrono::duration<double>(now).count();
    if (resting)
      input.axes = {0.0, 0.0, 0.0, 0.0};
  }
  on_sent(
    send_(encode(notification{"update_gamepads", encode_control(inputs)})));
}

void control_client_state::on_sent(const caf::error& what) {
  if (what && !is_down_)
    log_.warning("Control interrupted", {{"error", describe(what)}});
  else if (!what && is_down_)
    log_.info("Control sent again");
  is_down_ = static_cast<bool>(what);
}

void control_client_state::schedule_next() {
  clock_.advance(self_->clock().now());
  self_->scheduled_send(self_, clock_.due(), atom::tick_v);
}

control_client_actor::behavior_type control_client(
  control_client_actor::stateful_pointer<control_client_state> self,
  control_client_settings settings, control_client_state::sender send,
  event_log log) {
  return self->state.make_behavior(settings, std::move(send), std::move(log));
}

} // namespace rr
