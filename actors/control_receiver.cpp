// SPDX-License-Identifier: BSD-3-Clause
#include "actors/control_receiver.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

const char* to_text(control_timeout what) noexcept {
  switch (what) {
    case control_timeout::emergency_stop:
      return "emergency-stop";
    case control_timeout::none:
      return "none";
    default:
      return "neutral";
  }
}

void report_control(const event_log& log, const control_ignored& fact) {
  log_fields fields{{"cause", to_string(fact.fault)}};
  if (!fact.source.empty())
    fields.emplace_back("source", fact.source);
  if (fact.gamepad)
    fields.emplace_back("gamepad", *fact.gamepad);
  if (!fact.detail.empty())
    fields.emplace_back("error", fact.detail);
  append_suppressed(fields, fact.suppressed);
  log.warning("Control ignored", std::move(fields));
}

void report_control(const event_log& log, const control_connected& fact) {
  log_fields fields{{"source", fact.source}};
  if (fact.gamepad)
    fields.emplace_back("gamepad", *fact.gamepad);
  log.info(fact.resumed ? "Control resumed" : "Control connected",
           std::move(fields));
}

void report_control(const event_log& log, const control_taken& fact) {
  log.warning("Control taken over",
              {{"source", fact.source}, {"from", fact.from}});
}

void report_control(const event_log& log, const control_lost& fact) {
  log_fields fields{{"source", fact.source},
                    {"on_timeout", to_text(fact.on_timeout)}};
  if (fact.gamepads == 0)
    log.warning("Control lost", fields);
  for (auto i = 0u; i < gamepad_count; ++i)
    if ((fact.gamepads >> i & 1) != 0) {
      auto all = fields;
      all.emplace_back("gamepad", i);
      log.warning("Control lost", std::move(all));
    }
}

void report_control(const event_log& log, const control_clamped& fact) {
  log.warning("Control out of range", {{"source", fact.source},
                                       {"gamepad", fact.gamepad},
                                       {"axis", fact.axis},
                                       {"value", fact.value}});
}

} // namespace

control_receiver_state::~control_receiver_state() {
  if (session_)
    session_->on_lost({});
}

control_receiver_actor::behavior_type
control_receiver_state::make_behavior(std::shared_ptr<control_session> session,
                                      const control_bridge_factory& make,
                                      event_log log) {
  report_errors(self_, std::move(log));
  session_ = std::move(session);
  session_->on_lost([hdl = control_receiver_actor{self_}](
                      const control_lost& fact) { caf::anon_send(hdl, fact); });
  if (auto made = make())
    bridge_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return session_->status(); },
    [this](const control_lost& fact) { on_lost(fact); },
    [this](const control_failed& fact) { self_->quit(fact.reason); },
  };
}

/// The cord has been pulled already, by the thread that saw the silence.
void control_receiver_state::on_lost(const control_lost& fact) {
  if (fact.on_timeout == control_timeout::emergency_stop)
    self_->quit(caf::make_error(
      ec::emergency_stop,
      std::string{
        describe_loss(fact.source, fact.gamepads, fact.driver_too).data()}));
}

control_listener log_control(event_log log) {
  control_listener result;
  auto report = [log = std::move(log)](const auto& fact) {
    report_control(log, fact);
  };
  result.connected = report;
  result.lost = report;
  result.clamped = report;
  result.taken = report;
  result.ignored = report;
  return result;
}

control_receiver_actor::behavior_type control_receiver(
  control_receiver_actor::stateful_pointer<control_receiver_state> self,
  std::shared_ptr<control_session> session, control_bridge_factory make,
  event_log log) {
  return self->state.make_behavior(std::move(session), make, std::move(log));
}

} // namespace rr
