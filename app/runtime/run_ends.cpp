// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/run_ends.hpp"

#include <utility>

#include "bridges/black_box/record_directory.hpp"
#include "bridges/system/state_directory.hpp"
#include "messages/log/log_event.hpp"
#include "messages/record/record_line.hpp"

namespace rr {

record_finder find_records_in(std::string directory) {
  return [directory = std::move(directory)](const run_start& run) {
    return find_record(directory, format_timestamp(run.time), run.pid);
  };
}

caf::expected<run_history> read_runs(const std::string& path) {
  auto directory = state_directory::open_existing(path);
  if (!directory)
    return std::move(directory.error());
  if (!*directory)
    return run_history{};
  return read_history(**directory);
}

std::vector<const run_record*> last_ends(const run_history& history,
                                         size_t most) {
  std::vector<const run_record*> result;
  const auto& runs = history.runs;
  for (auto i = runs.rbegin(); i != runs.rend() && result.size() < most; ++i)
    if (i->end)
      result.push_back(&*i);
  return result;
}

json ends_as_json(const run_history& history, size_t most,
                  const record_finder& record_of) {
  auto result = json::array();
  for (const auto* run : last_ends(history, most)) {
    auto end = end_as_json(*run);
    end["latched"] = history.latched;
    if (auto file = record_of ? record_of(run->start) : std::nullopt)
      end["record"] = *file;
    result.push_back(std::move(end));
  }
  return result;
}

} // namespace rr
