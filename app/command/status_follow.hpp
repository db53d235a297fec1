// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "app/command/command_arguments.hpp"

namespace rr {

/// `status --follow`: a table each second, drawn anew in its place on a
/// terminal, with an empty line before each but the first elsewhere; or with
/// `--format=json` the status at first and after each change.
/// @returns the exit code: of success after SIGINT, SIGTERM, the end of the
///          reader or `--timeout`, of a failure once the runtime has ended.
int follow_status(const command_arguments& given);

/// What draws a text over the last one on a terminal, in one piece: without
/// flicker, and with nothing left to be set right afterwards.
/// @param rows of the terminal; what is beyond them is counted in the last one.
///             0 for no limit.
std::string drawn_anew(std::string_view text, size_t rows);

} // namespace rr
