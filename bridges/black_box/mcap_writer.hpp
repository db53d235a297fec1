// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/error.hpp>

#include "messages/telemetry/topics.hpp"

namespace rr {

/// Texts by their names, for people.
using mcap_metadata = std::map<std::string, std::string>;

/// Writes an MCAP file (mcap.dev/spec) from its first byte to its last: JSON
/// messages in chunks that are not compressed, an index of each, and a summary.
/// A file that ends somewhere can be read up to the last whole chunk. After an
/// error nothing more is written. For one thread.
class mcap_writer {
public:
  using time_point = std::chrono::system_clock::time_point;

  /// Writes the next bytes of the file, all of them or with an error.
  using sink = std::function<caf::error(std::string_view)>;

  /// How much time a chunk covers, so that a torn file loses no more.
  static inline constexpr std::chrono::milliseconds chunk_time{100};

  explicit mcap_writer(sink out);

  /// @returns its number, for `write`; the same for the same topic.
  uint16_t add_channel(const telemetry_topic& topic);

  /// @param logged when it counts as recorded, which files are sorted by.
  /// @param published when it was.
  void write(uint16_t channel, time_point logged, time_point published,
             std::string_view data);

  /// Writes what is not written yet, and something about the file.
  void write_metadata(const std::string& name, const mcap_metadata& what);

  /// Has all that was given so far in the file.
  void close_chunk();

  /// Ends the file, once.
  /// @returns the first error that there was.
  caf::error finish();

  const caf::error& failure() const noexcept {
    return failure_;
  }

  uint64_t message_count() const noexcept {
    return message_count_;
  }

private:
  struct channel {
    uint16_t schema;
    std::string record;
    uint32_t sequence = 0;
  };
  /// Times and places of the messages of a channel, in the chunk.
  using message_index = std::vector<std::pair<uint64_t, uint64_t>>;

  void put(std::string_view bytes);
  void put_record(uint8_t opcode, std::string_view content);
  void put_chunk(uint64_t start, uint64_t length,
                 const std::map<uint16_t, uint64_t>& places,
                 uint64_t index_length);
  void put_summary();
  std::string statistics() const;

  sink out_;
  caf::error failure_;
  /// Bytes written, and their check sum.
  uint64_t size_ = 0;
  uint32_t sum_ = 0;
  /// By name and text.
  std::map<std::pair<std::string, std::string>, uint16_t> schemas_;
  std::vector<std::string> schema_records_;
  std::map<std::string, uint16_t> topics_;
  /// By their numbers.
  std::vector<channel> channels_;
  std::string chunk_;
  std::map<uint16_t, message_index> chunk_index_;
  uint64_t chunk_start_ = 0;
  uint64_t chunk_end_ = 0;
  std::vector<std::string> chunk_records_;
  std::vector<std::string> metadata_records_;
  uint64_t message_count_ = 0;
  uint64_t start_ = 0;
  uint64_t end_ = 0;
};

} // namespace rr
