// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/mcap_writer.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>

#include "bridges/black_box/crc32.hpp"

namespace rr {

namespace {

/// Kinds of records.
enum opcode : uint8_t {
  header_record = 0x01,
  footer_record,
  schema_record,
  channel_record,
  message_record,
  chunk_record,
  message_index_record,
  chunk_index_record,
  statistics_record = 0x0b,
  metadata_record,
  metadata_index_record,
  summary_offset_record,
  data_end_record,
};

constexpr std::string_view mcap_magic{"\x89MCAP0\r\n", 8};

/// Bytes of a chunk that is not let grow further.
constexpr size_t full_chunk = 262'144;

/// As many as numbers of two bytes tell apart, with some to spare.
constexpr size_t max_channels = 60'000;

template <std::unsigned_integral T>
void add(std::string& out, T number) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>((number >> (8 * i)) & 0xff);
}

template <std::unsigned_integral Size = uint32_t>
void add(std::string& out, std::string_view text) {
  add(out, static_cast<Size>(text.size()));
  out += text;
}

template <class Key, class Value>
void add(std::string& out, const std::map<Key, Value>& all) {
  std::string items;
  for (const auto& [key, value] : all) {
    add(items, key);
    add(items, value);
  }
  add(out, std::string_view{items});
}

void add_record(std::string& out, uint8_t opcode, std::string_view content) {
  add(out, opcode);
  add<uint64_t>(out, content);
}

uint64_t nanoseconds(mcap_writer::time_point time) {
  auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(
                 time.time_since_epoch())
                 .count();
  return static_cast<uint64_t>(std::max<int64_t>(count, 0));
}

} // namespace

mcap_writer::mcap_writer(sink out) : out_(std::move(out)) {
  put(mcap_magic);
  std::string content;
  add(content, std::string_view{});
  add(content, std::string_view{"robot-runtime"});
  put_record(header_record, content);
}

uint16_t mcap_writer::add_channel(const telemetry_topic& topic) {
  if (auto found = topics_.find(topic.name); found != topics_.end())
    return found->second;
  if (channels_.size() >= max_channels)
    return 0;
  auto next_schema = static_cast<uint16_t>(schemas_.size() + 1);
  auto [schema, is_new]
    = schemas_.try_emplace({topic.schema_name, topic.schema}, next_schema);
  if (is_new) {
    std::string content;
    add(content, schema->second);
    add(content, std::string_view{topic.schema_name});
    add(content, std::string_view{"jsonschema"});
    add(content, std::string_view{topic.schema});
    schema_records_.emplace_back();
    add_record(schema_records_.back(), schema_record, content);
    chunk_ += schema_records_.back();
  }
  auto id = static_cast<uint16_t>(channels_.size());
  std::string content;
  add(content, id);
  add(content, schema->second);
  add(content, std::string_view{topic.name});
  add(content, std::string_view{"json"});
  add(content, mcap_metadata{});
  channels_.push_back({schema->second, {}});
  add_record(channels_.back().record, channel_record, content);
  chunk_ += channels_.back().record;
  topics_.emplace(topic.name, id);
  return id;
}

void mcap_writer::write(uint16_t id, time_point logged, time_point published,
                        std::string_view data) {
  if (failure_ || id >= channels_.size())
    return;
  auto time = nanoseconds(logged);
  // They come in no strict order: each of two may be older than the first.
  auto span = std::max(chunk_end_, time) - std::min(chunk_start_, time);
  constexpr auto most
    = std::chrono::duration_cast<std::chrono::nanoseconds>(chunk_time).count();
  if (!chunk_index_.empty()
      && (span >= uint64_t{most} || chunk_.size() >= full_chunk))
    close_chunk();
  if (chunk_index_.empty())
    chunk_start_ = chunk_end_ = time;
  chunk_start_ = std::min(chunk_start_, time);
  chunk_end_ = std::max(chunk_end_, time);
  chunk_index_[id].emplace_back(time, chunk_.size());
  std::string head;
  add(head, id);
  add(head, channels_[id].sequence++);
  add(head, time);
  add(head, nanoseconds(published));
  add(chunk_, uint8_t{message_record});
  add(chunk_, uint64_t{head.size() + data.size()});
  chunk_ += head;
  chunk_ += data;
}

void mcap_writer::close_chunk() {
  if (chunk_.empty())
    return;
  std::string content;
  add(content, chunk_start_);
  add(content, chunk_end_);
  add(content, uint64_t{chunk_.size()});
  add(content, crc32(chunk_));
  add(content, std::string_view{});
  add<uint64_t>(content, chunk_);
  auto start = size_;
  put_record(chunk_record, content);
  auto length = size_ - start;
  std::map<uint16_t, uint64_t> places;
  for (const auto& [id, messages] : chunk_index_) {
    std::string items;
    for (auto [time, place] : messages) {
      add(items, time);
      add(items, place);
    }
    content.clear();
    add(content, id);
    add(content, std::string_view{items});
    places[id] = size_;
    put_record(message_index_record, content);
    start_ = message_count_ == 0 ? chunk_start_
                                 : std::min(start_, chunk_start_);
    end_ = std::max(end_, chunk_end_);
    message_count_ += messages.size();
  }
  put_chunk(start, length, places, size_ - start - length);
  chunk_.clear();
  chunk_index_.clear();
  chunk_start_ = chunk_end_ = 0;
}

/// For the summary.
void mcap_writer::put_chunk(uint64_t start, uint64_t length,
                            const std::map<uint16_t, uint64_t>& places,
                            uint64_t index_length) {
  std::string content;
  add(content, chunk_start_);
  add(content, chunk_end_);
  add(content, start);
  add(content, length);
  add(content, places);
  add(content, index_length);
  add(content, std::string_view{});
  add(content, uint64_t{chunk_.size()});
  add(content, uint64_t{chunk_.size()});
  chunk_records_.emplace_back();
  add_record(chunk_records_.back(), chunk_index_record, content);
}

void mcap_writer::write_metadata(const std::string& name,
                                 const mcap_metadata& what) {
  close_chunk();
  std::string content;
  add(content, std::string_view{name});
  add(content, what);
  auto start = size_;
  put_record(metadata_record, content);
  content.clear();
  add(content, start);
  add(content, size_ - start);
  add(content, std::string_view{name});
  metadata_records_.emplace_back();
  add_record(metadata_records_.back(), metadata_index_record, content);
}

caf::error mcap_writer::finish() {
  close_chunk();
  std::string content;
  add(content, sum_);
  put_record(data_end_record, content);
  put_summary();
  put(mcap_magic);
  return failure_;
}

void mcap_writer::put_summary() {
  auto summary_start = size_;
  std::string summary;
  std::string offsets;
  auto group = [&](uint8_t opcode, const std::vector<std::string>& records) {
    if (records.empty())
      return;
    auto start = summary.size();
    for (const auto& each : records)
      summary += each;
    std::string content;
    add(content, opcode);
    add(content, uint64_t{summary_start + start});
    add(content, uint64_t{summary.size() - start});
    add_record(offsets, summary_offset_record, content);
  };
  std::vector<std::string> channels;
  for (const auto& each : channels_)
    channels.push_back(each.record);
  std::vector<std::string> numbers(1);
  add_record(numbers[0], statistics_record, statistics());
  group(schema_record, schema_records_);
  group(channel_record, channels);
  group(statistics_record, numbers);
  group(chunk_index_record, chunk_records_);
  group(metadata_index_record, metadata_records_);
  auto offsets_start = summary_start + summary.size();
  summary += offsets;
  // The footer is summed up to its check sum.
  add(summary, uint8_t{footer_record});
  add(summary, uint64_t{20});
  add(summary, summary_start);
  add(summary, uint64_t{offsets_start});
  add(summary, crc32(summary));
  put(summary);
}

std::string mcap_writer::statistics() const {
  std::map<uint16_t, uint64_t> counts;
  for (size_t i = 0; i < channels_.size(); ++i)
    counts[static_cast<uint16_t>(i)] = channels_[i].sequence;
  std::string result;
  add(result, message_count_);
  add(result, static_cast<uint16_t>(schemas_.size()));
  add(result, static_cast<uint32_t>(channels_.size()));
  add(result, uint32_t{0});
  add(result, static_cast<uint32_t>(metadata_records_.size()));
  add(result, static_cast<uint32_t>(chunk_records_.size()));
  add(result, start_);
  add(result, end_);
  add(result, counts);
  return result;
}

void mcap_writer::put_record(uint8_t opcode, std::string_view content) {
  std::string head;
  add(head, opcode);
  add(head, uint64_t{content.size()});
  put(head.append(content));
}

void mcap_writer::put(std::string_view bytes) {
  if (failure_)
    return;
  failure_ = out_(bytes);
  size_ += bytes.size();
  sum_ = crc32(bytes, sum_);
}

} // namespace rr
