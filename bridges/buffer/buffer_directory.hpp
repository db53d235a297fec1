// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <caf/error.hpp>

#include "bridges/buffer/buffer_layout.hpp"

namespace rr {

/// The buffers of a prefix that are there, of whatever type. Objects that only
/// look like one by their name are left out.
std::vector<buffer_name> list_buffers(const std::string& prefix);

/// Marks a buffer invalid and takes its name away. Those who have it open see
/// that it is invalid.
/// @returns none also when there is none.
caf::error remove_buffer(const buffer_name& name);

/// Removes every buffer of a prefix and the table of its requesters, for the
/// runtime that owns its `robot_state`: before it makes any, those are a dead
/// runtime's.
/// @returns how many buffers there were.
size_t remove_buffers(const std::string& prefix);

/// Why an object of the prefix that is named as a buffer cannot be opened, such
/// as one of another user; in the order of their names.
struct unreadable_buffer {
  std::string object;
  caf::error why;
};

std::vector<unreadable_buffer> list_unreadable(const std::string& prefix);

} // namespace rr
