// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// A file that is sent to a client.
struct web_record {
  file_descriptor file;
  uint64_t size = 0;
};

/// Whether a name may be that of a black box, in a folder that may hold other
/// files: up to 200 of A-Z, a-z, 0-9, `.`, `_` and `-`, no dot first, `.mcap`
/// last.
bool is_record_name(std::string_view name) noexcept;

/// Opens a regular file of the folder. May wait for a disk.
/// @pre `is_record_name`
/// @returns `ec::system_error`, also for a symbolic link.
caf::expected<web_record> open_record(const std::string& folder,
                                      const std::string& name);

/// Reads on, up to `max` bytes; nothing at the end or when it cannot be read.
/// May wait for a disk.
std::string read_record(const web_record& record, size_t max);

} // namespace rr
