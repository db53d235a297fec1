// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace rr {

/// Whether text that goes there may be coloured: to a terminal that is not
/// `TERM=dumb`, unless the variable `NO_COLOR` is set and not empty.
bool takes_colours(int descriptor) noexcept;

/// How many lines the terminal has; 0 where there is none, or none knows.
size_t terminal_rows(int descriptor) noexcept;

} // namespace rr
