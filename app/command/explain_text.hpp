// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <caf/timestamp.hpp>

#include "bridges/record/run_history.hpp"

namespace rr {

/// Tells the file of the black box that was written of the end of a run.
using record_finder
  = std::function<std::optional<std::string>(const run_start& run)>;

/// Why the last runs ended, for people: the newest first, what runs now before
/// it. Times are local, and relative to `now`; what a child has written is made
/// visible, and of its last lines few are shown.
/// @param most runs that are told of.
/// @param where the records lie, for when there are none.
/// @param record_of may be empty.
std::string explain_as_text(const run_history& history, size_t most,
                            caf::timestamp now, const std::string& where,
                            const record_finder& record_of = {});

/// The same as JSON, section 1 of the contract: an object a line, the newest
/// end first, with the path of the black box as `record` where there is one.
std::string explain_as_json(const run_history& history, size_t most,
                            const record_finder& record_of = {});

} // namespace rr
