// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <caf/meta/type_name.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "app/peer/remote_caller.hpp"
#include "bridges/log/event_log.hpp"
#include "messages/fwd.hpp"

namespace example {

/// Fact: how hot the motor is, as its service says.
struct motor_temperature {
  /// Degrees.
  double celsius = 0;
  friend bool operator==(const motor_temperature&, const motor_temperature&)
    = default;
};

/// Fact: the motor's service has not said how hot it is.
struct motor_silent {
  std::string why;
  friend bool operator==(const motor_silent&, const motor_silent&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, motor_temperature& x) {
  return f(caf::meta::type_name("motor_temperature"), x.celsius);
}

template <class Inspector>
auto inspect(Inspector& f, motor_silent& x) {
  return f(caf::meta::type_name("motor_silent"), x.why);
}

} // namespace example

// Messages of one's own are numbered after the runtime's.
CAF_BEGIN_TYPE_ID_BLOCK(motor_guard, caf::id_block::rr::end)
  CAF_ADD_TYPE_ID(motor_guard, (example::motor_silent))
  CAF_ADD_TYPE_ID(motor_guard, (example::motor_temperature))
CAF_END_TYPE_ID_BLOCK(motor_guard)

namespace example {

using motor_guard_actor = caf::typed_actor<
  // It is time to ask the motor's service.
  caf::reacts_to<rr::atom::tick>,
  // The service has answered.
  caf::reacts_to<motor_temperature>,
  // The service has not answered, or no temperature.
  caf::reacts_to<motor_silent>>;

struct motor_guard_settings {
  rr::remote_caller client;
  /// Stops the whole robot: `rr::peer::emergency_stop`.
  std::function<void(const std::string& reason)> emergency_stop;
  rr::event_log log;
  /// Degrees beyond which the motor burns.
  double hottest = 90;
  /// Between an answer and the next question.
  caf::timespan interval = std::chrono::seconds{1};
  /// How often in a row the motor may be silent.
  size_t patience = 2;
};

class motor_guard_state {
public:
  static inline constexpr auto name = "motor-guard";

  using pointer = motor_guard_actor::stateful_pointer<motor_guard_state>;

  explicit motor_guard_state(pointer self) : self_(self) {
  }

  motor_guard_actor::behavior_type make_behavior(motor_guard_settings settings);

private:
  void ask();
  void ask_later();
  void on_temperature(const motor_temperature& fact);
  void on_silent(const motor_silent& fact);
  void stop_robot(const std::string& why);

  pointer self_;
  /// From the first on; CAF makes a state of the actor alone.
  std::optional<motor_guard_settings> settings_;
  /// How often in a row the motor has been silent.
  size_t silences_ = 0;
};

/// Asks `motor-service` for the motor's `temperature()`, again and again. Stops
/// the robot, and quits with `rr::ec::emergency_stop`, when the motor is too
/// hot, or silent for longer than it may be.
motor_guard_actor::behavior_type
motor_guard(motor_guard_actor::stateful_pointer<motor_guard_state> self,
            motor_guard_settings settings);

} // namespace example
