// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/black_box/kept_record.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// What was read of a ring.
struct ring_contents {
  ring_description description;
  /// By their sequence; their texts lie in `memory`.
  std::vector<kept_record> records;
  /// How many records were lost before they were in the ring, in all.
  uint64_t lost = 0;
  /// How many were written over before they were read.
  uint64_t missed = 0;
  std::unique_ptr<std::string> memory;
};

/// Reads a ring, also one that is being written, and trusts nothing in it:
/// whatever its bytes are, there are records with a right check sum or there
/// are none. For one thread.
class ring_reader {
public:
  /// @returns `ec::system_error` with the path and the cause, also for what is
  ///          no ring.
  static caf::expected<std::unique_ptr<ring_reader>> open(std::string path);

  /// What is in it that an earlier call has not had.
  caf::expected<ring_contents> read();

  /// As of the last look at it.
  const ring_description& description() const noexcept {
    return description_;
  }

  /// Whether there has been room for no record yet.
  bool is_empty() const;

  const std::string& path() const noexcept {
    return path_;
  }

private:
  ring_reader(std::string path, file_descriptor file);

  caf::expected<std::string> read_from(size_t offset, size_t size) const;
  caf::error read_head();
  bool read_next(ring_contents& result) const;
  caf::error read_all(ring_contents& result) const;

  std::string path_;
  file_descriptor file_;
  ring_format::file_head head_;
  ring_description description_;
  /// The last record that was read, and where the next one should be, counted
  /// from the end of the head.
  uint64_t sequence_ = 0;
  uint64_t position_ = 0;
};

} // namespace rr
