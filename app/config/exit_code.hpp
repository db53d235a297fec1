// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace rr {

/// The exit codes of every program. An emergency stop has its own, which is
/// configured.
enum exit_code : int {
  exit_success = 0,
  /// Failed at run time.
  exit_failure = 1,
  /// Bad usage or configuration.
  exit_usage = 2,
  /// Refused because an emergency stop is latched.
  exit_latched = 3,
};

} // namespace rr
