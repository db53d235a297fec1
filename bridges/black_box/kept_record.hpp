// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rr {

/// What a record of the black box is of.
enum class kept_kind : uint16_t {
  /// A log event, as `to_json` writes it.
  log = 1,
  /// The robot's status.
  state,
  /// `control_message`.
  control,
  /// The values of the device of that topic.
  device,
  /// What a topic is, of a device: `name`, `schema_name` and `schema`.
  topic,
};

/// Whether the last one of its kind and topic tells how things are until the
/// next.
/// @relates kept_kind
constexpr bool is_lasting(kept_kind kind) noexcept {
  return kind == kept_kind::state || kind == kept_kind::control
         || kind == kept_kind::device || kind == kept_kind::topic;
}

/// What is kept of one moment.
struct kept_record {
  /// From 1, without gaps unless something was lost.
  uint64_t sequence = 0;
  kept_kind kind = kept_kind::log;
  /// Of a device: which one.
  uint16_t topic = 0;
  /// Whether it has been kept before, and only says how things still are.
  bool is_repeated = false;
  /// When it was: for people, and to tell ages by.
  std::chrono::system_clock::time_point time;
  std::chrono::nanoseconds steady{0};
  /// JSON.
  std::string_view text;
};

/// Whose black box it is, and what has become of its runtime.
struct ring_description {
  std::string app;
  std::string version = {};
  /// When the run began, as in `runs.jsonl`, and its process.
  std::string started = {};
  int32_t pid = 0;
  std::chrono::nanoseconds keep{0};
  /// What the end was, as a part of a file's name; empty while it runs, and of
  /// one that was killed.
  std::string end = {};
  /// Why it has ended, for people; empty where that is not known.
  std::string cause = {};
  /// Whether nothing is left to be written to a file.
  bool is_done = false;
  friend bool operator==(const ring_description&, const ring_description&)
    = default;
};

/// How the memory of a black box looks, a file in the runtime directory: a head
/// of 4096 bytes, then records, each at a multiple of 8, up to the end of the
/// file, from where they go on behind the head, over the oldest. It is written
/// and read on one machine, in its own order of bytes. Nobody maps it into
/// memory: a file that somebody cuts short, or a file system that is full, is
/// an error of a call then, and no SIGBUS.
namespace ring_format {

constexpr size_t head_size = 4096;

/// Bytes that a ring is made of at most and at least.
constexpr size_t max_size = size_t{1} << 30;
constexpr size_t min_size = size_t{256} << 10;

constexpr size_t alignment = 8;

/// At the beginning.
struct file_head {
  static constexpr uint64_t right_magic = 0x0001786f42527201;
  uint64_t magic = right_magic;
  /// Behind the last record, counted from the end of the head, and the last
  /// record's number: a hint, as of the last time that they were written.
  uint64_t position = 0;
  uint64_t sequence = 0;
  /// How many records were lost, for want of room or time.
  uint64_t lost = 0;
  /// Of the description, JSON that follows.
  uint32_t text_size = 0;
  uint32_t text_sum = 0;
};

/// In front of each record's text. The check sum is that of all behind it.
struct record_head {
  static constexpr uint32_t right_magic = 0x524b4501;
  uint32_t magic = right_magic;
  uint32_t sum = 0;
  uint32_t text_size = 0;
  uint16_t kind = 0;
  uint16_t topic = 0;
  uint64_t sequence = 0;
  /// Nanoseconds.
  int64_t time = 0;
  int64_t steady = 0;
};

static_assert(sizeof(file_head) == 40 && sizeof(record_head) == 40);

/// In `record_head::kind`, of one that is repeated.
constexpr uint16_t repeated_bit = 0x8000;

/// Bytes of a record with a text of that size.
constexpr size_t record_size(size_t text_size) noexcept {
  return (sizeof(record_head) + text_size + alignment - 1) & ~(alignment - 1);
}

/// The description as it stands in the head.
std::string text_of(const ring_description& what);

/// What is missing or wrong in the text stays as it is in a new one.
ring_description description_of(std::string_view text);

} // namespace ring_format

} // namespace rr
