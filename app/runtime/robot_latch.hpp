// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <caf/error.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/system/hold_list.hpp"
#include "bridges/system/state_directory.hpp"
#include "messages/process/latch.hpp"

namespace rr {

class host;

/// An emergency stop of an earlier run as it was found.
struct found_latch {
  /// None when the file cannot be read, or says something else.
  std::optional<stop_latch> stop;
  /// Why not, in words.
  std::string fault;
};

/// Looks for a stop that nobody has reset. Whatever goes by the latch's name is
/// one, readable or not.
std::optional<found_latch> find_latch(const state_directory& state);

/// In one line, who stopped the robot, when and why; safe to print.
std::string describe(const found_latch& latch);

/// Has a robot do after an emergency stop what there is to do besides ending:
/// tell the network, and latch the stop. The host's cord begins it, and the
/// host's end waits for it, half a second at most. Before the cord is shared
/// with another thread.
/// @param state where it latches; null where it does not.
/// @param holds told when the latch could not be written.
caf::error latch_emergencies(host& owner,
                             std::shared_ptr<state_directory> state,
                             std::shared_ptr<hold_list> holds);

/// Logs that a person has reset the last stop, and forgets it.
void tell_of_reset(const state_directory& state, const event_log& log);

/// The user that this process runs as, by name where there is one.
std::string user_name();

} // namespace rr
