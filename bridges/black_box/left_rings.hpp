// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// How many runs that were killed are remembered until their files can be
/// written.
constexpr size_t max_left_rings = 4;

/// Makes room for a ring: one that its run has not finished gets another name.
/// What is no ring is removed.
/// @returns those that are left, of whatever run, the oldest first.
std::vector<std::string> set_left_aside(const std::string& memory);

/// Writes a file of each, and removes it then. Blocks for as long as the disk
/// does.
/// @returns the path of the last file, empty where there was nothing to write;
///          after an error the rings are there that are not written.
caf::expected<std::string>
write_left_rings(const std::vector<std::string>& rings,
                 const std::string& directory, size_t max_files);

} // namespace rr
