// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/record/run_history.hpp"
#include "messages/json.hpp"

namespace rr {

/// Tells the file of the black box that was written of the end of a run.
using record_finder
  = std::function<std::optional<std::string>(const run_start& run)>;

/// Looks for it in that directory, each time anew.
record_finder find_records_in(std::string directory);

/// What is known of all runs, also while a runtime writes it.
/// @param path of the state directory.
/// @returns an empty history where it is not there, an error when it or a file
///          in it cannot be read.
caf::expected<run_history> read_runs(const std::string& path);

/// Of the runs that have ended, the newest first.
/// @param most how many.
std::vector<const run_record*> last_ends(const run_history& history,
                                         size_t most);

/// Why these runs ended, section 1 of the contract: an array of objects, the
/// newest end first, with the path of the black box as `record` where there is
/// one.
/// @param record_of may be empty.
json ends_as_json(const run_history& history, size_t most,
                  const record_finder& record_of = {});

} // namespace rr
