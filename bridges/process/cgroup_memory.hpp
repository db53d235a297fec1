// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/error.hpp>

namespace rr {

/// Lets the groups inside `below`, a group inside `own`, have a controller.
/// Only a group without processes passes one on: if this process is all that is
/// in `own`, it moves to a group `robot-runtime` beside `below`.
/// @param own the directory of this process's group.
/// @param controller such as `memory`.
/// @returns an `ec::system_error` when the controller cannot be had.
caf::error pass_on_controller(const std::string& own, const std::string& below,
                              std::string_view controller);

/// Bounds the memory of a group, which must have the controller: together with
/// swap, where there is any, and so that all of it ends when the bound is
/// reached.
/// @returns an `ec::system_error`.
caf::error bound_group_memory(const std::string& group, uint64_t bytes);

/// Whether anything in a group has been killed because of its bound.
bool group_memory_reached(const std::string& group) noexcept;

} // namespace rr
