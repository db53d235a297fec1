// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <unistd.h>

#include <string_view>

namespace rr {

/// Whether standard output has the form for people.
/// @param format `log.format`: `auto` has it on a terminal only.
inline bool prints_pretty(std::string_view format) noexcept {
  return format == "pretty"
         || (format == "auto" && ::isatty(STDOUT_FILENO) != 0);
}

} // namespace rr
