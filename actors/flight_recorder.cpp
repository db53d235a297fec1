// SPDX-License-Identifier: BSD-3-Clause
#include "actors/flight_recorder.hpp"

#include "actors/support/report_errors.hpp"

namespace rr {

flight_recorder_actor::behavior_type
flight_recorder_state::make_behavior(std::shared_ptr<end_keeper> keeper,
                                     const event_log& log) {
  keeper_ = std::move(keeper);
  report_errors(self_, log);
  return {
    [this](const robot_stopped& how) { keeper_->end(how); },
    [this](atom::status) { return keeper_->last_file(); },
  };
}

flight_recorder_actor::behavior_type flight_recorder(
  flight_recorder_actor::stateful_pointer<flight_recorder_state> self,
  std::shared_ptr<end_keeper> keeper, event_log log) {
  return self->state.make_behavior(std::move(keeper), log);
}

} // namespace rr
