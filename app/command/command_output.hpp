// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace rr {

/// When to give up writing before all of it is written.
struct output_limits {
  /// A descriptor that ends it when it becomes readable; -1 for none.
  int interruption = -1;
  std::optional<std::chrono::steady_clock::time_point> until = {};
};

/// Writes all of it on standard output, also on one that does not block.
/// SIGPIPE must not end the program.
/// @returns an `errno` value: 0; `EPIPE` when the reader has gone, `ECANCELED`
///          after an interruption, `ETIMEDOUT`, or why it cannot be written.
[[nodiscard]] int write_output(std::string_view text,
                               const output_limits& limits = {}) noexcept;

/// Says on standard error, in one line, why standard output cannot be written.
/// @param problem from `write_output`; silent for a reader that has gone.
/// @returns the exit code of a failure.
int output_failure(int problem);

/// Writes the result of a command, which is all that it writes, and lets
/// SIGPIPE be ignored from then on.
/// @returns the exit code: of a failure, after one line on standard error, when
///          it cannot be written.
int print(std::string_view text, const output_limits& limits = {});

/// A value as JSON on one line; what is no UTF-8 in it is replaced.
std::string as_line(const nlohmann::json& value);

} // namespace rr
