// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/black_box/crc32.hpp"
#include "messages/json.hpp"

namespace rr {

/// An MCAP file as its specification says, read from its beginning by a reader
/// that knows nothing of the writer; its check sums are looked at.
struct mcap_file {
  struct message {
    std::string topic;
    uint64_t logged;
    uint64_t published;
    std::string data;
  };

  std::vector<message> messages;
  std::map<std::string, std::map<std::string, std::string>> metadata;
  /// Of each whole chunk, its first and its last time.
  std::vector<std::pair<uint64_t, uint64_t>> chunks;
  /// What is wrong; a file that is torn has `torn` alone.
  std::vector<std::string> problems;
  bool torn = false;
  uint64_t counted_messages = 0;
  uint64_t counted_chunks = 0;

  static mcap_file read(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return parse({std::istreambuf_iterator<char>{file}, {}});
  }

  static mcap_file parse(const std::string& bytes) {
    mcap_file result;
    result.whole_ = bytes;
    std::string_view rest{bytes};
    auto magic = std::string_view{"\x89MCAP0\r\n", 8};
    if (!rest.starts_with(magic))
      result.problems.push_back("no magic");
    rest.remove_prefix(std::min<size_t>(8, rest.size()));
    result.parse_records(rest, bytes);
    if (!result.torn && rest != magic)
      result.problems.push_back("no magic at its end");
    return result;
  }

  std::vector<json> on(std::string_view topic) const {
    std::vector<json> result;
    for (const auto& each : messages)
      if (each.topic == topic)
        result.push_back(json::parse(each.data));
    return result;
  }

private:
  struct reader {
    std::string_view bytes;
    bool good = true;

    std::string_view take(uint64_t size) {
      good = good && size <= bytes.size();
      auto result = good ? bytes.substr(0, size) : std::string_view{};
      bytes.remove_prefix(result.size());
      return result;
    }
    template <class T>
    T number() {
      T result = 0;
      auto from = take(sizeof(T));
      for (size_t i = 0; i < from.size(); ++i)
        result |= static_cast<T>(T{static_cast<uint8_t>(from[i])} << (8 * i));
      return result;
    }
    std::string text() {
      return std::string{take(number<uint32_t>())};
    }
  };

  void check(bool good, const char* what) {
    if (!good)
      problems.push_back(what);
  }

  void parse_records(std::string_view& rest, std::string_view all) {
    while (true) {
      reader from{rest};
      auto start = all.size() - rest.size();
      auto opcode = from.number<uint8_t>();
      reader content{from.take(from.number<uint64_t>())};
      if (!from.good) {
        torn = true;
        return;
      }
      rest = from.bytes;
      parse(opcode, content, start);
      check(content.good, "a record is too short");
      if (opcode == 0x02)
        return;
    }
  }

  void parse(uint8_t opcode, reader& from, size_t start) {
    switch (opcode) {
      case 0x02:
        return parse_footer(from, start);
      case 0x03:
        return parse_schema(from);
      case 0x04: {
        auto id = from.number<uint16_t>();
        check(schemas_.count(from.number<uint16_t>()) == 1, "no such schema");
        channels_[id] = from.text();
        return check(from.text() == "json", "another message encoding");
      }
      case 0x05:
        return parse_message(from);
      case 0x06:
        return parse_chunk(from);
      case 0x07:
        return parse_message_index(from);
      case 0x08:
        return parse_chunk_index(from);
      case 0x0b:
        counted_messages = from.number<uint64_t>();
        check(from.number<uint16_t>() == schemas_.size(), "count of schemas");
        check(from.number<uint32_t>() == channels_.size(), "of channels");
        from.take(8);
        counted_chunks = from.number<uint32_t>();
        return;
      case 0x0c: {
        auto& items = metadata[from.text()];
        reader list{from.take(from.number<uint32_t>())};
        while (list.good && !list.bytes.empty()) {
          auto key = list.text();
          items[key] = list.text();
        }
        return check(list.good, "metadata is too short");
      }
      case 0x0f:
        return check(from.number<uint32_t>()
                       == crc32(std::string_view{whole_}.substr(0, start)),
                     "check sum of the data");
      default:
        return;
    }
  }

  void parse_schema(reader& from) {
    auto id = from.number<uint16_t>();
    schemas_[id] = from.text();
    check(from.text() == "jsonschema", "another schema encoding");
    check(json::accept(from.text()), "a schema is no JSON");
  }

  void parse_message(reader& from) {
    auto channel = from.number<uint16_t>();
    check(channels_.count(channel) == 1, "no such channel");
    from.take(4);
    auto logged = from.number<uint64_t>();
    auto published = from.number<uint64_t>();
    messages.push_back(
      {channels_[channel], logged, published, std::string{from.bytes}});
  }

  void parse_chunk(reader& from) {
    chunks.emplace_back(from.number<uint64_t>(), 0);
    chunks.back().second = from.number<uint64_t>();
    auto size = from.number<uint64_t>();
    auto sum = from.number<uint32_t>();
    check(from.text().empty(), "compressed");
    chunk_ = from.take(from.number<uint64_t>());
    check(chunk_.size() == size, "size of a chunk");
    check(crc32(chunk_) == sum, "check sum of a chunk");
    for (auto rest = std::string_view{chunk_}; !rest.empty();) {
      reader record{rest};
      auto opcode = record.number<uint8_t>();
      reader content{record.take(record.number<uint64_t>())};
      if (!record.good)
        return check(false, "a record in a chunk is too short");
      rest = record.bytes;
      parse(opcode, content, 0);
    }
  }

  void parse_message_index(reader& from) {
    auto channel = from.number<uint16_t>();
    reader list{from.take(from.number<uint32_t>())};
    while (list.good && !list.bytes.empty()) {
      auto time = list.number<uint64_t>();
      auto place = list.number<uint64_t>();
      reader record{std::string_view{chunk_}.substr(
        std::min<size_t>(place, chunk_.size()))};
      check(record.number<uint8_t>() == 0x05, "an index of no message");
      record.take(8);
      check(record.number<uint16_t>() == channel,
            "an index of another channel");
      record.take(4);
      check(record.number<uint64_t>() == time, "an index of another time");
      ++indexed_messages_;
    }
  }

  void parse_chunk_index(reader& from) {
    from.take(16);
    auto start = from.number<uint64_t>();
    auto length = from.number<uint64_t>();
    check(start < whole_.size() && whole_[start] == 0x06,
          "an index of no chunk");
    reader record{
      std::string_view{whole_}.substr(std::min<size_t>(start, whole_.size()))};
    record.take(1);
    check(record.number<uint64_t>() + 9 == length, "length of a chunk");
    ++indexed_chunks_;
  }

  void parse_footer(reader& from, size_t start) {
    auto summary = from.number<uint64_t>();
    from.take(8);
    auto summed = std::string_view{whole_}.substr(summary,
                                                  start + 25 - summary);
    check(crc32(summed) == from.number<uint32_t>(), "check sum of the summary");
    check(counted_messages == messages.size(), "count of messages");
    check(indexed_messages_ == messages.size(), "index of messages");
    check(counted_chunks == chunks.size(), "count of chunks");
    check(indexed_chunks_ == chunks.size(), "index of chunks");
  }

  std::string whole_;
  std::map<uint16_t, std::string> schemas_;
  std::map<uint16_t, std::string> channels_;
  std::string chunk_;
  size_t indexed_messages_ = 0;
  size_t indexed_chunks_ = 0;
};

} // namespace rr
