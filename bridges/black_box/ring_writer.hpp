// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <caf/expected.hpp>

#include "bridges/black_box/kept_record.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// Keeps records in a file of a fixed size, the newest over the oldest, so that
/// whoever reads it later finds the last ones whole, also when this process was
/// killed at any instant. What tells how things are until the next such record
/// is repeated in time, so that its last one is always there. For one thread.
class ring_writer {
public:
  /// Makes the file in place of whatever has its name.
  /// @param size of the file, in bytes, as `ring_format` permits; it takes
  ///             memory as it fills.
  /// @returns `ec::system_error` with the path.
  static caf::expected<std::unique_ptr<ring_writer>>
  make(std::string path, size_t size, ring_description what);

  /// Takes a record, which is in the file after the next `flush`. Its sequence
  /// and `is_repeated` do not matter. One that is larger than a quarter of the
  /// ring is lost.
  void append(const kept_record& record);

  /// Writes what was taken. Where the file system has no room for as much as
  /// the ring was to hold, it goes on with what there is.
  /// @returns what has kept it from that: the records are lost, and counted.
  caf::error flush();

  /// Says anew what the ring is of.
  caf::error describe(ring_description what);

  const ring_description& description() const noexcept {
    return description_;
  }

  /// Counts records that never came here.
  void lose(uint64_t count) noexcept {
    head_.lost += count;
  }

  uint64_t lost() const noexcept {
    return head_.lost;
  }

private:
  struct last_one {
    std::chrono::system_clock::time_point time;
    std::chrono::nanoseconds steady;
    std::string text;
  };

  ring_writer(std::string path, size_t size, file_descriptor file);

  void put(const kept_record& record);
  void repeat();
  void begin_lap();
  caf::error write_batch();
  caf::error write_head(bool with_description);
  caf::error write_at(size_t offset, std::string_view text) const;

  std::string path_;
  file_descriptor file_;
  /// Bytes for records.
  size_t room_;
  ring_description description_;
  ring_format::file_head head_;
  /// What is to be written at `head_.position`, and how many records.
  std::string batch_;
  uint64_t batch_count_ = 0;
  /// Of what is lasting.
  std::map<std::pair<kept_kind, uint16_t>, last_one> last_;
  size_t last_size_ = 0;
  /// Bytes since those were repeated.
  size_t since_repeated_ = 0;
  caf::error failure_;
};

} // namespace rr
