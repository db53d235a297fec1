// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE ring

#include <caf/test/dsl.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <sys/stat.h>

#include "bridges/black_box/ring_reader.hpp"
#include "bridges/black_box/ring_writer.hpp"
#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace ring_suite {

namespace fs = std::filesystem;

namespace {

constexpr auto size = ring_format::min_size;

struct fixture {
  temporary_folder folder;
  std::string path = folder.file("ring");
  std::unique_ptr<ring_writer> writer;

  fixture() {
    auto made = ring_writer::make(path, size, {.app = "rover", .pid = 7});
    CAF_REQUIRE(made);
    writer = std::move(*made);
  }

  static kept_record record(std::string_view text,
                            kept_kind kind = kept_kind::log) {
    return {.kind = kind,
            .time = std::chrono::system_clock::time_point{1000s},
            .steady = 5s,
            .text = text};
  }

  void append(const std::string& text, kept_kind kind = kept_kind::log) {
    writer->append(record(text, kind));
  }

  /// Texts of a number and some padding.
  void append_many(int first, int last, size_t padding = 100) {
    for (auto i = first; i <= last; ++i)
      append(std::to_string(i) + std::string(padding, ' '));
  }

  ring_contents read() {
    auto reader = ring_reader::open(path);
    CAF_REQUIRE(reader);
    auto result = (*reader)->read();
    CAF_REQUIRE(result);
    return std::move(*result);
  }

  std::string bytes() const {
    std::ostringstream all;
    all << std::ifstream{path, std::ios::binary}.rdbuf();
    return all.str();
  }

  static void check_whole(const ring_contents& all, uint64_t last) {
    CAF_REQUIRE(!all.records.empty());
    CAF_CHECK_EQUAL(all.records.back().sequence, last);
    for (size_t i = 1; i < all.records.size(); ++i)
      if (all.records[i].sequence != all.records[i - 1].sequence + 1)
        CAF_ERROR("a gap after " << all.records[i - 1].sequence);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ring_tests, fixture)

CAF_TEST(what is kept is read back) {
  append("one");
  append("", kept_kind::control);
  append("three", kept_kind::state);
  CAF_CHECK(!writer->flush());
  auto all = read();
  CAF_REQUIRE_EQUAL(all.records.size(), 3u);
  CAF_CHECK_EQUAL(all.records[0].text, "one");
  CAF_CHECK_EQUAL(all.records[1].text, "");
  CAF_CHECK(all.records[1].kind == kept_kind::control);
  CAF_CHECK(all.records[2].kind == kept_kind::state);
  CAF_CHECK_EQUAL(all.records[2].sequence, 3u);
  CAF_CHECK(all.records[2].steady == 5s);
  CAF_CHECK(all.records[2].time.time_since_epoch() == 1000s);
  CAF_CHECK_EQUAL(all.description.app, "rover");
  CAF_CHECK_EQUAL(all.description.pid, 7);
}

CAF_TEST(the newest are there after many laps) {
  for (auto lap = 0; lap < 40; ++lap) {
    append_many(lap * 100 + 1, lap * 100 + 100, 700);
    CAF_CHECK(!writer->flush());
    check_whole(read(), static_cast<uint64_t>(lap) * 100 + 100);
  }
  auto all = read();
  auto kept = all.records.size() * ring_format::record_size(704);
  CAF_CHECK_GREATER(kept, size * 9 / 10);
  CAF_CHECK_LESS_OR_EQUAL(fs::file_size(path), size);
}

CAF_TEST(what is lasting is always there) {
  append("how it is", kept_kind::state);
  append_many(1, 5000);
  CAF_CHECK(!writer->flush());
  auto all = read();
  auto states = 0;
  for (const auto& each : all.records)
    if (each.kind == kept_kind::state) {
      ++states;
      CAF_CHECK_EQUAL(each.text, "how it is");
      CAF_CHECK(each.is_repeated);
    }
  CAF_CHECK_GREATER_OR_EQUAL(states, 1);
}

CAF_TEST(what is too large is lost and counted) {
  append(std::string(size / 3, 'x'));
  append("small");
  CAF_CHECK(!writer->flush());
  auto all = read();
  CAF_CHECK_EQUAL(all.lost, 1u);
  CAF_CHECK_EQUAL(all.records.size(), 1u);
}

CAF_TEST(a reader goes on where it was) {
  append_many(1, 10);
  CAF_CHECK(!writer->flush());
  auto reader = std::move(*ring_reader::open(path));
  CAF_CHECK_EQUAL(reader->read()->records.size(), 10u);
  CAF_CHECK_EQUAL(reader->read()->records.size(), 0u);
  auto last = 10;
  for (auto step : {1, 100, 1000, 400}) {
    append_many(last + 1, last + step);
    CAF_CHECK(!writer->flush());
    last += step;
    auto more = std::move(*reader->read());
    CAF_CHECK_EQUAL(more.records.size(), static_cast<size_t>(step));
    CAF_CHECK_EQUAL(more.missed, 0u);
    check_whole(more, static_cast<uint64_t>(last));
  }
  // More than one lap.
  append_many(last + 1, last + 4000);
  CAF_CHECK(!writer->flush());
  auto more = std::move(*reader->read());
  check_whole(more, static_cast<uint64_t>(last) + 4000);
  CAF_CHECK_EQUAL(more.missed + more.records.size(), 4000u);
}

CAF_TEST(the end is told in the head) {
  append("x");
  CAF_CHECK(!writer->flush());
  auto what = writer->description();
  what.end = "emergency-stop";
  what.cause = "process \"motor\"\n";
  what.is_done = true;
  CAF_CHECK(!writer->describe(what));
  auto all = read();
  CAF_CHECK(all.description == what);
  CAF_CHECK_EQUAL(all.records.size(), 1u);
}

CAF_TEST(texts without end fit the head) {
  ring_description what;
  what.app = what.version = what.cause = std::string(5000, '\x01');
  CAF_CHECK(!writer->describe(what));
  append("x");
  CAF_CHECK(!writer->flush());
  CAF_CHECK_EQUAL(read().records.size(), 1u);
}

CAF_TEST(a record that was being written is no record) {
  append_many(1, 300);
  CAF_CHECK(!writer->flush());
  auto whole = bytes();
  std::mt19937 random{1};
  for (auto round = 0; round < 200; ++round) {
    auto torn = whole;
    // As much of the last ones as a process that was killed has not written.
    auto begin = ring_format::head_size + random() % (whole.size() - 5000);
    auto end = begin + random() % 1000;
    for (auto i = begin; i < end; ++i)
      torn[i] = static_cast<char>(random());
    std::ofstream{path, std::ios::binary} << torn;
    auto all = read();
    CAF_CHECK_GREATER_OR_EQUAL(all.records.size(), 285u);
    for (const auto& each : all.records)
      CAF_CHECK_EQUAL(std::stoull(std::string{each.text}), each.sequence);
  }
}

CAF_TEST(no bytes of an enemy make a reader fail) {
  append_many(1, 300);
  CAF_CHECK(!writer->flush());
  auto whole = bytes();
  std::mt19937 random{2};
  for (auto round = 0; round < 300; ++round) {
    auto bad = whole.substr(0, random() % whole.size());
    for (auto i = random() % 50; i > 0 && !bad.empty(); --i)
      bad[random() % (i % 2 ? bad.size() : std::min<size_t>(bad.size(), 64))]
        = static_cast<char>(random());
    std::ofstream{path, std::ios::binary} << bad;
    if (auto reader = ring_reader::open(path)) {
      auto all = (*reader)->read();
      CAF_CHECK(all);
      CAF_CHECK((*reader)->read());
    }
  }
}

CAF_TEST(a file that is cut short is an error of nobody) {
  append_many(1, 300);
  CAF_CHECK(!writer->flush());
  auto reader = std::move(*ring_reader::open(path));
  fs::resize_file(path, 5000);
  append_many(301, 310);
  CAF_CHECK(!writer->flush());
  auto all = reader->read();
  CAF_REQUIRE(all);
  CAF_CHECK_EQUAL(all->records.back().sequence, 310u);
  fs::resize_file(path, 10);
  CAF_CHECK_EQUAL(reader->read(), ec::system_error);
}

CAF_TEST(what is no ring is told) {
  auto error_of = [&](const std::string& name) {
    auto reader = ring_reader::open(folder.file(name));
    return reader ? std::string{} : describe(reader.error());
  };
  CAF_CHECK_EQUAL(error_of("none"), "cannot read " + folder.file("none")
                                      + ": no such file or directory");
  folder.write("text", "something else");
  CAF_CHECK_EQUAL(error_of("text"), "cannot read " + folder.file("text")
                                      + ": it is no black box");
  ::mkfifo(folder.file("fifo").c_str(), 0600);
  CAF_CHECK_NOT_EQUAL(error_of("fifo"), "");
  fs::create_directory(folder.file("folder"));
  CAF_CHECK_NOT_EQUAL(error_of("folder"), "");
  fs::create_symlink(path, folder.file("link"));
  CAF_CHECK_NOT_EQUAL(error_of("link"), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace ring_suite
