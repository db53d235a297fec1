// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/config/child_environment.hpp"
#include "app/config/config_problem.hpp"
#include "app/config/process_section.hpp"
#include "messages/process/limits.hpp"

namespace rr {

/// Looks up the user and the group of a process, and tells of limits that this
/// process could not set.
/// @param variables of the child's environment: gets `HOME`, `USER`, `LOGNAME`
/// and `SHELL` of the user, if there is one.
void resolve_limits(const process_section& section, limit_settings& limits,
                    environment_map& variables, problem_list& problems);

/// Of processors that are none that this process may run on, the first, with
/// what was expected; empty where there is none.
std::string processors_fault(const std::vector<int32_t>& wanted);

} // namespace rr
