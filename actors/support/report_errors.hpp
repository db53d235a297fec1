// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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

} // namespace rr
