// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "app/config/options.hpp"
#include "messages/call/remote_call.hpp"

namespace rr {

/// One remote call of a command-line tool.
struct single_call {
  /// The identity of the service.
  std::string service;
  std::string method;
  json args = json::array();
  /// For all of it, connecting included.
  caf::timespan timeout{};
};

/// What of the configuration a single call needs.
option_needs single_call_needs();

/// Makes one call through the first frontend that answers of the runtime that
/// these options are of, and waits for its answer on the calling thread. Any
/// number of processes may do so at once.
/// @returns the result; `ec::remote_error` as the service says, or at once when
///          nobody holds its identity;
///          `ec::call_timed_out`, or `ec::system_error` that says which
///          addresses were tried, and why in vain, when no runtime is there.
caf::expected<json> call_once(const options& opts, const single_call& call);

/// Sends a notification, for no answer. It has left when this returns.
/// @returns `ec::system_error` as above.
caf::error notify_once(const options& opts, const single_call& call);

} // namespace rr
