// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <vector>

#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

/// Why a robot has stopped, as a chain of causes, the first one first. When it
/// was for a process, that is the process's last ends, its last start, whether
/// it was given up, and what the configuration says of it; else what failed in
/// the seconds before, and who asked for the stop.
/// @param ends of this run, the oldest first.
std::vector<run_cause> causes_of(const robot_stopped& stopped,
                                 const std::vector<process_end>& ends);

/// The end of a run that has left none: its runtime was killed or has crashed,
/// or the machine went down.
/// @param last_sign the last time that the run is known to have lived.
/// @param boot_id of the kernel that runs now.
/// @param ends of whatever run, the oldest first.
run_end end_of_lost_run(const run_start& start, caf::timestamp last_sign,
                        std::string_view boot_id,
                        const std::vector<process_end>& ends);

} // namespace rr
