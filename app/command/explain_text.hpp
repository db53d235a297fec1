// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

#include <caf/timestamp.hpp>

#include "app/runtime/run_ends.hpp"
#include "bridges/record/run_history.hpp"

namespace rr {

/// Why the last runs ended, for people: the newest first, what runs now before
/// it. Times are local, and relative to `now`; what a child has written is made
/// visible, and of its last lines few are shown.
/// @param most runs that are told of.
/// @param where the records lie, for when there are none.
/// @param record_of may be empty.
std::string explain_as_text(const run_history& history, size_t most,
                            caf::timestamp now, const std::string& where,
                            const record_finder& record_of = {});

/// The same as JSON, an object a line.
std::string explain_as_json(const run_history& history, size_t most,
                            const record_finder& record_of = {});

} // namespace rr
