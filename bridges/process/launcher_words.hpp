// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "messages/process/process.hpp"

namespace rr {

/// What the launcher is told of one child, `key=value` each, but for how it is
/// contained (see `bridges/launcher/launcher.h`).
/// @param descriptor_limit the soft limit of open files of a child that has
/// none of its own; none for this process's.
/// @param bound_memory whether the launcher is to bound the address space.
std::vector<std::string>
launcher_words(const process_settings& settings,
               std::optional<uint64_t> descriptor_limit, bool bound_memory);

} // namespace rr
