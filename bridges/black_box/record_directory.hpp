// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/black_box/mcap_writer.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A file that has another name until it is whole. For one thread.
class partial_file {
public:
  /// Makes it beside the name that it is to have.
  /// @returns `ec::system_error` with the path.
  static caf::expected<std::unique_ptr<partial_file>> make(std::string path);

  partial_file(const partial_file&) = delete;
  partial_file& operator=(const partial_file&) = delete;

  /// Removes it unless it has been finished.
  ~partial_file();

  caf::error write(std::string_view bytes);

  /// Has it on the disk, with its name.
  /// @param replaces whether to write over what is there; else the name gets a
  ///                 number.
  /// @returns the path that it has.
  caf::expected<std::string> finish(bool replaces);

private:
  partial_file(std::string path, std::string temporary, file_descriptor file);

  std::string path_;
  std::string temporary_;
  file_descriptor file_;
  bool is_finished_ = false;
};

/// `2026-11-30T02-30-00Z-emergency-stop.mcap`.
/// @param what lower-case letters and hyphens.
std::string record_name(std::chrono::system_clock::time_point time,
                        std::string_view what);

/// Whether a file could have been named so, with a number or without: nothing
/// else of that directory is shown to others or removed.
bool is_black_box_name(std::string_view name) noexcept;

/// The records in a directory, the oldest first; none where there is none.
std::vector<std::string> list_records(const std::string& directory);

/// Removes the oldest records beyond so many, and those that others have left
/// unfinished. What a person has named otherwise stays.
/// @param newest stays, whatever the clock said when it was named.
void prune_records(const std::string& directory, size_t most,
                   const std::string& newest);

/// What stands at the beginning of a record about itself.
/// @returns none for what is no record of ours.
std::optional<mcap_metadata> read_record_metadata(const std::string& path);

/// The name of its metadata.
constexpr auto record_metadata_name = "robot-runtime";

/// What is no end: a person has asked for it.
constexpr auto record_by_command = "record";

/// The newest record that was written of the end of a run.
/// @param started and `pid` of the run, as in `runs.jsonl`.
std::optional<std::string> find_record(const std::string& directory,
                                       const std::string& started, int pid);

} // namespace rr
