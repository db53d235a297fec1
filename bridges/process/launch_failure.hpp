// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/error.hpp>

#include "bridges/launcher/launcher.h"
#include "bridges/process/watched_child.hpp"

namespace rr {

/// An `ec::start_failed`: `cannot start NAME: WHY`.
caf::error start_failure(const std::string& name, const std::string& why);
caf::error start_failure(const std::string& name, const caf::error& why);

/// What a launcher's failure means: an `ec::start_failed` that names the step,
/// what it was about, and the cause.
caf::error launch_error(const watched_child& child,
                        const rr_launch_failure& why);

} // namespace rr
