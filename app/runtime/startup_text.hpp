// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "messages/call/remote_call.hpp"

namespace rr {

/// How the robot has started, as `status --startup --format=json` prints it:
///
///     { "critical_path": [names], "ready": seconds or null,
///       "processes": [ { "name", "began", "ready", "took", "after",
///                        "waited_for": name or null } ] }
///
/// Times are seconds since the start of the robot, `took` from a process's
/// beginning to its readiness; null where there is none yet. `waited_for` is
/// the one of `after` that was ready last, and so let it begin. The critical
/// path leads to the process that became ready last, over what each waited for.
/// @param status whatever a peer sent; what is missing there is null here.
json startup_as_json(const json& status);

/// The same for people, as a tree: a process above those that it waited for,
/// the one that was ready last first. `@` is when it began, `+` how long it
/// took.
std::string startup_as_text(const json& status);

} // namespace rr
