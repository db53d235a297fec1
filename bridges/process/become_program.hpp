// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/error.hpp>

#include "messages/process/process.hpp"

namespace rr {

/// Becomes the program of a child, by hand: in its environment and directory,
/// with its limits and as its user, but with this process's terminal, and
/// without a runtime, a control group or a namespace. `memory-max` bounds the
/// address space. What the kernel refuses is never handed to a shell.
/// @returns only when it cannot: `ec::start_failed` that names the step, what
/// it
///          was about, and the cause. This process may have become somebody
///          else by then.
caf::error become_program(const process_settings& settings);

} // namespace rr
