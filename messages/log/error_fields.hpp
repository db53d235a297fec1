// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/error.hpp>

#include "messages/error.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

/// What an event says of an error: `error`, its text, and `address` and `errno`
/// where it carries them.
log_fields error_fields(const caf::error& what);

} // namespace rr
