// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"
#include "messages/process/failsafe.hpp"

namespace rr {

/// Why a robot was stopped in an emergency.
struct stop_cause {
  /// The child that raised it, or empty.
  std::string process;
  /// What else raised it; empty when a child did.
  std::string cause;
  /// The child's exit code; the emergency-stop code when no child raised it.
  int32_t exit_code = 0;
  /// The child's process id; 0 when no child raised it, or it is not known.
  int32_t pid = 0;
  /// What kind of cause it is; of a child, `emergency_order` stands for its
  /// emergency-stop code.
  failsafe_cause kind = failsafe_cause::emergency_order;
  friend bool operator==(const stop_cause&, const stop_cause&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, stop_cause& x) {
  return f(caf::meta::type_name("stop_cause"), x.process, x.cause, x.exit_code,
           x.pid, x.kind);
}

/// A `stop_cause` in memory of others, so that to name it takes none.
struct stop_cause_view {
  std::string_view process;
  std::string_view cause;
  int32_t exit_code = 0;
  int32_t pid = 0;
  failsafe_cause kind = failsafe_cause::emergency_order;

  stop_cause copy() const {
    return {std::string{process}, std::string{cause}, exit_code, pid, kind};
  }
};

/// Fact: the stop cord has been pulled and every child has been signalled.
struct stop_cord_pulled {
  stop_cause cause;
  /// From the detection of the cause to the last signal, in microseconds.
  int64_t signal_latency_us = 0;
  friend bool operator==(const stop_cord_pulled&, const stop_cord_pulled&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, stop_cord_pulled& x) {
  return f(caf::meta::type_name("stop_cord_pulled"), x.cause,
           x.signal_latency_us);
}

} // namespace rr
