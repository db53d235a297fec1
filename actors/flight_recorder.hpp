// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/black_box/end_keeper.hpp"
#include "bridges/log/event_log.hpp"

namespace rr {

class flight_recorder_state {
public:
  static inline constexpr auto name = "flight-recorder";

  using pointer
    = flight_recorder_actor::stateful_pointer<flight_recorder_state>;

  explicit flight_recorder_state(pointer self) : self_(self) {
  }

  flight_recorder_actor::behavior_type
  make_behavior(std::shared_ptr<end_keeper> keeper, const event_log& log);

private:
  pointer self_;
  std::shared_ptr<end_keeper> keeper_;
};

/// Owns the black box. What the robot does never passes it; the Application
/// tells it how the run ends, and the broker asks it for the last file. It
/// waits for nobody.
///
/// @param keeper shared with whoever tells it when nothing more is to come.
flight_recorder_actor::behavior_type flight_recorder(
  flight_recorder_actor::stateful_pointer<flight_recorder_state> self,
  std::shared_ptr<end_keeper> keeper, event_log log);

} // namespace rr
