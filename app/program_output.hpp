// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "app/options.hpp"
#include "bridges/event_log.hpp"

namespace rr {

/// Runs the program with its log events going to standard output, in the form
/// and from the level on that the options say, and closes that output last of
/// all: what ends with the program may still have something to say.
/// @returns what `program` returns, 1 when there can be no output.
int with_standard_output(
  const options& opts,
  const std::function<int(std::shared_ptr<log_output>)>& program);

/// Prints one line on standard error: the program's name, and what.
void print_error(std::string_view what);

} // namespace rr
