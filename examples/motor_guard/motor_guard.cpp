// SPDX-License-Identifier: BSD-3-Clause
#include "motor_guard.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace example {

motor_guard_actor::behavior_type
motor_guard_state::make_behavior(motor_guard_settings settings) {
  settings_.emplace(std::move(settings));
  rr::report_errors(self_, settings_->log);
  ask();
  return {
    [this](rr::atom::tick) { ask(); },
    [this](const motor_temperature& fact) { on_temperature(fact); },
    [this](const motor_silent& fact) { on_silent(fact); },
  };
}

/// The answer is heard on another thread, which may have no more of this actor
/// than its handle.
void motor_guard_state::ask() {
  auto tell =
    [guard = motor_guard_actor{self_}](const caf::expected<rr::json>& answer) {
      if (!answer)
        caf::anon_send(guard, motor_silent{rr::describe(answer.error())});
      else if (!answer->is_number())
        caf::anon_send(guard, motor_silent{"no number: " + answer->dump()});
      else
        caf::anon_send(guard, motor_temperature{answer->get<double>()});
    };
  settings_->client.call("motor-service", "temperature", {}, tell);
}

void motor_guard_state::ask_later() {
  self_->delayed_send(self_, settings_->interval, rr::atom::tick_v);
}

void motor_guard_state::on_temperature(const motor_temperature& fact) {
  silences_ = 0;
  if (fact.celsius > settings_->hottest)
    stop_robot("the motor is too hot");
  else
    ask_later();
}

void motor_guard_state::on_silent(const motor_silent& fact) {
  settings_->log.warning("Motor silent", {{"why", fact.why}});
  if (++silences_ > settings_->patience)
    stop_robot("the motor is silent");
  else
    ask_later();
}

/// Here and now: the stop waits for no mailbox.
void motor_guard_state::stop_robot(const std::string& why) {
  settings_->emergency_stop(why);
  self_->quit(caf::make_error(rr::ec::emergency_stop, why));
}

motor_guard_actor::behavior_type
motor_guard(motor_guard_actor::stateful_pointer<motor_guard_state> self,
            motor_guard_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace example
