// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <caf/expected.hpp>

#include "bridges/black_box/kept_record.hpp"
#include "bridges/black_box/mcap_writer.hpp"
#include "bridges/black_box/ring_reader.hpp"

namespace rr {

/// Makes of what was kept in a ring what stands in a file: the topics of live
/// tools, and `/calls`. What is no JSON is left out, and counted. For one
/// thread.
class ring_export {
public:
  explicit ring_export(mcap_writer& out) : out_(out) {
  }

  /// What comes after what was added before. Of the first contents only what
  /// is not older than they are to be kept; before it how things were then.
  void add(const ring_contents& contents);

  /// Of the ring, at the file's beginning.
  void describe(const ring_description& of);

  /// What is missing in the file, at its end.
  void count();

private:
  using key = std::pair<kept_kind, uint16_t>;

  static key key_of(const kept_record& x) {
    return {x.kind, x.topic};
  }

  void add_first(const ring_contents& contents);
  void write(const kept_record& record, mcap_writer::time_point logged);
  telemetry_topic topic_of(const kept_record& record) const;

  mcap_writer& out_;
  bool begun_ = false;
  /// Of devices, by the number that the ring has for them.
  std::map<uint16_t, telemetry_topic> topics_;
  std::map<key, uint16_t> channels_;
  /// What lasts that was seen.
  std::set<key> seen_;
  uint64_t lost_ = 0;
  uint64_t missed_ = 0;
  uint64_t malformed_ = 0;
};

/// Where a file is to be.
struct record_target {
  std::string path;
  /// Whether to write over what has that name.
  bool replaces = false;
  /// Told of the file in place of what the ring says, unless it is empty.
  std::string end;
};

/// Writes what a ring has, and what comes, to a file. Blocks for as long as the
/// disk does.
/// @param more waits a moment, and says whether more may come.
/// @returns the path of the file.
caf::expected<std::string> write_record(ring_reader& ring,
                                        const record_target& target,
                                        const std::function<bool()>& more);

/// Of the heads of calls: `method`, `from`, `to` and `id`.
telemetry_topic calls_topic();

} // namespace rr
