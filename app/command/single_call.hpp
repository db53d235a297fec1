// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/expected.hpp>

#include "app/command/command_arguments.hpp"
#include "app/command/runtime_connection.hpp"

namespace rr {

/// What of the configuration a single call needs.
option_needs single_call_needs();

/// Makes one call through the first frontend that answers of the runtime that
/// the options are of, and waits for its answer on the calling thread. Any
/// number of processes may do so at once. All of it, connecting included, takes
/// no longer than `given.timeout()`.
/// @returns the result, or null once a notification has left;
///          `ec::remote_error` as the service says, or at once when nobody
///          holds its identity;
///          `ec::call_timed_out`, or `ec::system_error` that says which
///          addresses were tried, and why in vain, when no runtime is there.
caf::expected<json> call_once(const command_arguments& given,
                              const single_call& call);

/// What the service says went wrong within the method; empty for what else
/// failed.
std::string remote_cause(const caf::error& what);

/// The same for a command that prints its result, within the same time.
/// @param text_of makes what is printed of the result; null to print nothing.
/// @returns the exit code; what has failed was printed.
int call_and_print(const command_arguments& given, const single_call& call,
                   std::string (*text_of)(const json& result));

} // namespace rr
