// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// SIGKILL to everything in a control group (version 2) and below it. May wait
/// for the kernel's lock of all groups.
void kill_group(const std::string& directory) noexcept;

/// @returns the group's open `cgroup.events`, or none, and `errno` says why.
file_descriptor open_group_events(const std::string& directory);

/// Whether a group has a process, in it or below it.
/// @param events an open `cgroup.events`.
bool is_populated(int events) noexcept;

/// Removes a group, and those that children have made below it, unless
/// something lives in one. May wait for the kernel's lock of all groups.
void remove_groups(const std::string& directory) noexcept;

/// Kills a group and removes it. Waits two seconds at most.
void end_group(const std::string& directory) noexcept;

} // namespace rr
