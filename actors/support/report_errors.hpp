// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include "bridges/log/event_log.hpp"

namespace rr {

/// Replaces CAF's own handling of what reaches no handler, which prints to
/// standard error or says nothing: every such exception, error and message
/// becomes an `Unhandled error` event with the actor's name. Exceptions and
/// errors also end the actor, so that its links carry them up.
///
/// Every actor of this project calls it first.
void report_errors(caf::scheduled_actor* self, event_log log);

/// Writes one such event.
/// @param actor what failed, by its name.
void report_error(const event_log& log, std::string actor,
                  const caf::error& what);

} // namespace rr
