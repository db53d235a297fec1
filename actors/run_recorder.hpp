// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/record/record_keeper.hpp"

namespace rr {

/// The life of the records:
///
///                exit message                  all is written, or its time
///     [keeping] --------------> [finishing] ----------------------> (quits)
class run_recorder_state {
public:
  static inline constexpr auto name = "run-recorder";

  using pointer = run_recorder_actor::stateful_pointer<run_recorder_state>;

  explicit run_recorder_state(pointer self) : self_(self) {
  }

  run_recorder_actor::behavior_type
  make_behavior(std::shared_ptr<record_keeper> keeper, event_log log);

private:
  void on_exit_message(const caf::exit_msg& msg);
  void on_timeout();

  pointer self_;
  std::shared_ptr<record_keeper> keeper_;
  event_log log_;
  /// What to quit with; none while it keeps.
  caf::error quit_reason_;
};

/// Owns what is written down of the run: how its processes and it itself have
/// ended, and how fast. Supervisors and the Application tell it, the broker
/// asks it. It passes on what it is told to a thread that may wait for the
/// disk, and waits for nobody.
///
/// At an exit message it has what waits written down, half a second at most,
/// and quits with the message's reason.
///
/// @param keeper shared with whoever ends its thread: the actor does not wait
///               for a disk that hangs.
run_recorder_actor::behavior_type
run_recorder(run_recorder_actor::stateful_pointer<run_recorder_state> self,
             std::shared_ptr<record_keeper> keeper, event_log log);

} // namespace rr
