// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>

#include "messages/control.hpp"
#include "messages/remote_call.hpp"
#include "messages/routing.hpp"
#include "messages/status.hpp"

namespace rr {

/// What `status` tells of one process: `name`, `pid`, `state`, `restarts`,
/// `last_exit`; what there is none of is null.
json status_as_json(const process_status& process);

/// What it tells of control: `driver`, null for nobody, and the counters.
json status_as_json(const control_status& control);

/// What `robot-runtime status` prints, section 1 of the contract: `name`,
/// `state`, `uptime` in seconds, `processes`, `endpoints`, and the router's
/// counters by direction.
json status_as_json(const std::string& name, std::chrono::nanoseconds uptime,
                    const robot_status& robot, const router_status& router);

/// The same for people, in lines. Takes whatever a peer sent: what is missing
/// is left out, and control characters are made visible.
std::string status_as_text(const json& status);

} // namespace rr
