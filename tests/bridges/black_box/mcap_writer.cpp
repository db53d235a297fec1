// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE mcap_writer

#include "bridges/black_box/mcap_writer.hpp"

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"
#include "tests/support/mcap_file.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace mcap_writer_suite {
namespace {

const auto begin = mcap_writer::time_point{1000s};

telemetry_topic topic_named(const std::string& name) {
  return {name, "Any", R"({"type":"object"})"};
}

struct fixture {
  std::string bytes;
  mcap_writer out{[this](std::string_view more) {
    bytes += more;
    return caf::error{};
  }};

  /// One every ten milliseconds on two topics.
  void write_messages(int count) {
    auto a = out.add_channel(topic_named("/a"));
    auto b = out.add_channel(topic_named("/b"));
    for (auto i = 0; i < count; ++i)
      out.write(i % 2 ? b : a, begin + i * 10ms, begin,
                "{\"n\":" + std::to_string(i) + '}');
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mcap_writer_tests, fixture)

CAF_TEST(the check sum is that of zlib) {
  CAF_CHECK_EQUAL(crc32("123456789"), 0xcbf43926u);
  CAF_CHECK_EQUAL(crc32("56789", crc32("1234")), 0xcbf43926u);
  CAF_CHECK_EQUAL(crc32(""), 0u);
  CAF_CHECK_EQUAL(crc32("The quick brown fox jumps over the lazy dog"),
                  0x414fa339u);
}

CAF_TEST(an empty file is whole) {
  CAF_CHECK(!out.finish());
  auto file = mcap_file::parse(bytes);
  CAF_CHECK_EQUAL(file.problems, std::vector<std::string>{});
  CAF_CHECK(!file.torn);
  CAF_CHECK(file.messages.empty());
}

CAF_TEST(messages come back in their order with their topics and times) {
  write_messages(100);
  CAF_CHECK(!out.finish());
  auto file = mcap_file::parse(bytes);
  CAF_CHECK_EQUAL(file.problems, std::vector<std::string>{});
  CAF_REQUIRE_EQUAL(file.messages.size(), 100u);
  for (size_t i = 0; i < 100; ++i) {
    const auto& message = file.messages[i];
    CAF_CHECK_EQUAL(message.topic, i % 2 ? "/b" : "/a");
    CAF_CHECK_EQUAL(json::parse(message.data).value("n", size_t{999}), i);
    CAF_CHECK_EQUAL(message.logged, 1'000'000'000'000 + i * 10'000'000);
    CAF_CHECK_EQUAL(message.published, 1'000'000'000'000u);
  }
}

CAF_TEST(a chunk covers no more than its time) {
  write_messages(100);
  CAF_CHECK(!out.finish());
  auto file = mcap_file::parse(bytes);
  CAF_CHECK_EQUAL(file.chunks.size(), 10u);
  for (auto [first, last] : file.chunks)
    CAF_CHECK_LESS(last - first, 100'000'000u);
}

CAF_TEST(a chunk covers no more than its time when messages come unordered) {
  auto a = out.add_channel(topic_named("/a"));
  for (auto offset : {0ms, -60ms, 60ms, -30ms, 0ms})
    out.write(a, begin + offset, begin, "1");
  CAF_CHECK(!out.finish());
  auto file = mcap_file::parse(bytes);
  CAF_CHECK_EQUAL(file.problems, std::vector<std::string>{});
  CAF_CHECK_EQUAL(file.messages.size(), 5u);
  CAF_CHECK_EQUAL(file.chunks.size(), 2u);
  for (auto [first, last] : file.chunks)
    CAF_CHECK_LESS(last - first, 100'000'000u);
}

CAF_TEST(a clock that was set back begins another chunk) {
  auto a = out.add_channel(topic_named("/a"));
  out.write(a, begin, begin, "1");
  out.write(a, begin - 1h, begin, "2");
  CAF_CHECK(!out.finish());
  CAF_CHECK_EQUAL(mcap_file::parse(bytes).chunks.size(), 2u);
}

CAF_TEST(a file that ends anywhere has lost less than a chunk) {
  write_messages(100);
  CAF_CHECK(!out.finish());
  for (size_t size = 8; size < bytes.size(); size += 7) {
    auto file = mcap_file::parse(bytes.substr(0, size));
    auto whole = file.chunks.size() * 10;
    if (file.torn && file.messages.size() != whole)
      CAF_ERROR("at " << size);
  }
}

CAF_TEST(metadata is in the file and in its summary) {
  out.write_metadata("first", {{"a", "1"}, {"b", ""}});
  write_messages(1);
  out.write_metadata("second", {});
  CAF_CHECK(!out.finish());
  auto file = mcap_file::parse(bytes);
  CAF_CHECK_EQUAL(file.problems, std::vector<std::string>{});
  CAF_CHECK_EQUAL(file.metadata["first"]["a"], "1");
  CAF_CHECK_EQUAL(file.metadata.size(), 2u);
}

CAF_TEST(a topic has one channel and schemas are written once) {
  auto a = out.add_channel(topic_named("/a"));
  CAF_CHECK_EQUAL(out.add_channel(topic_named("/a")), a);
  CAF_CHECK_NOT_EQUAL(out.add_channel(topic_named("/b")), a);
  CAF_CHECK(!out.finish());
  CAF_CHECK_EQUAL(mcap_file::parse(bytes).problems, std::vector<std::string>{});
}

CAF_TEST(after an error nothing more is written) {
  auto calls = 0;
  mcap_writer failing{[&](std::string_view) -> caf::error {
    if (++calls < 3)
      return {};
    return caf::make_error(ec::system_error, "no room");
  }};
  auto a = failing.add_channel(topic_named("/a"));
  failing.write(a, begin, begin, "{}");
  failing.close_chunk();
  failing.write(a, begin, begin, "{}");
  CAF_CHECK_EQUAL(failing.finish(), ec::system_error);
  CAF_CHECK_EQUAL(calls, 3);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace mcap_writer_suite
