// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "messages/process/stop.hpp"

namespace rr {

/// The names of these files in the state directory.
inline constexpr auto latch_file = "latch.json";
inline constexpr auto reset_file = "reset.json";

/// Bytes beyond which neither of them is one of ours.
inline constexpr size_t max_latch_size = 65'536;

/// An emergency stop that nobody has reset: `state-directory/latch.json`.
struct stop_latch {
  /// When the cord was pulled; UTC, as in log events.
  std::string time;
  /// For people: `process camera exited with code 255`.
  std::string cause;
  /// The child that raised it, or empty.
  std::string process;
  /// Of the run that it ended.
  int32_t exit_code = 0;
  /// Who the robot ran as.
  std::string user;
  friend bool operator==(const stop_latch&, const stop_latch&) = default;
};

/// A reset that the next start is to tell of: `state-directory/reset.json`.
struct stop_reset {
  /// Who, as they say.
  std::string by;
  /// When they did.
  std::string reset_at;
  /// Of the stop.
  std::string cause;
  std::string time;
  friend bool operator==(const stop_reset&, const stop_reset&) = default;
};

/// The file's content; what is not UTF-8 is replaced.
/// @relates stop_latch
std::string to_file(const stop_latch& x);

/// @relates stop_reset
std::string to_file(const stop_reset& x);

/// What a file says, whoever wrote it.
/// @returns `ec::malformed` where anything is missing or of a wrong type.
/// @relates stop_latch
caf::expected<stop_latch> parse_latch(std::string_view text);

/// @relates stop_reset
caf::expected<stop_reset> parse_reset(std::string_view text);

/// For people, without `emergency stop by`: what a person gave as the reason,
/// or `process camera exited with code 255`.
/// @relates stop_cause
std::string describe(const stop_cause& x);

} // namespace rr
