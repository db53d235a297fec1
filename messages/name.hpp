// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

namespace rr {

/// Of the name of a process, a robot or a prefix.
inline constexpr size_t max_name_size = 32;

/// Whether it is `[a-z0-9-]`, 1 to `max_name_size` characters.
bool is_name(std::string_view text) noexcept;

} // namespace rr
