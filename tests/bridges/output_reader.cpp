// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE output_reader

#include "bridges/output_reader.hpp"

#include <csignal>

#include "bridges/spawn.hpp"

#include "tests/bridges/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace {

struct fixture : watcher_fixture {
  std::unique_ptr<output_reader> reader;

  fixture() {
    auto made = output_reader::make([this](const output_line& x) {
      output.change([&] { lines.push_back(x); });
    });
    CAF_REQUIRE(made);
    reader = std::move(*made);
  }

  ~fixture() {
    reader.reset();
  }

  /// The end to write to of a pipe that is read.
  file_descriptor open() {
    auto pipe = make_pipe();
    CAF_REQUIRE(pipe);
    auto failed = reader->add("camera", 42, output_stream::standard_output,
                              std::move(pipe->read));
    CAF_REQUIRE(!failed);
    return std::move(pipe->write);
  }

  void write(const file_descriptor& to, std::string_view text) {
    while (!text.empty()) {
      auto count = ::write(to.get(), text.data(), text.size());
      CAF_REQUIRE(count > 0);
      text.remove_prefix(static_cast<size_t>(count));
    }
  }

  std::vector<output_line> wait_for(size_t count) {
    std::vector<output_line> result;
    CAF_REQUIRE(output.wait([&] {
      result = lines;
      return lines.size() >= count;
    }));
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(output_reader_tests, fixture)

CAF_TEST(lines arrive one by one with whom they come from) {
  auto pipe = open();
  write(pipe, "one\n\ntw");
  wait_for(2);
  write(pipe, "o\n");
  auto seen = wait_for(3);
  CAF_CHECK_EQUAL(seen[0].text, "one");
  CAF_CHECK_EQUAL(seen[1].text, "");
  CAF_CHECK_EQUAL(seen[2].text, "two");
  CAF_CHECK_EQUAL(seen[2].process, "camera");
  CAF_CHECK_EQUAL(seen[2].pid, 42);
  CAF_CHECK_EQUAL(to_string(seen[2].stream), std::string{"stdout"});
}

CAF_TEST(the last line needs no newline) {
  auto pipe = open();
  write(pipe, "end");
  pipe.reset();
  auto seen = wait_for(1);
  CAF_CHECK_EQUAL(seen[0].text, "end");
}

CAF_TEST(a long line is cut and what is cut away is counted) {
  auto pipe = open();
  write(pipe, std::string(max_output_line, 'x'));
  write(pipe, "\n");
  write(pipe, std::string(max_output_line + 1, 'y'));
  write(pipe, "\nz\n");
  auto seen = wait_for(3);
  CAF_CHECK_EQUAL(seen[0].text.size(), max_output_line);
  CAF_CHECK_EQUAL(seen[0].dropped, 0u);
  CAF_CHECK_EQUAL(seen[1].text.size(), max_output_line);
  CAF_CHECK_EQUAL(seen[1].dropped, 1u);
  CAF_CHECK_EQUAL(seen[2].text, "z");
  CAF_CHECK_EQUAL(seen[2].dropped, 0u);
}

CAF_TEST(the end of the reader takes what is there and waits for no more) {
  auto pipe = open();
  write(pipe, "one\ntwo");
  reader.reset();
  CAF_REQUIRE_EQUAL(lines.size(), 2u);
  CAF_CHECK_EQUAL(lines[1].text, "two");
}

CAF_TEST(a flush returns when what has been written is taken) {
  for (size_t round = 1; round <= 100; ++round) {
    auto end = open();
    write(end, "one\ntwo\n");
    reader->flush();
    output.change([&] { CAF_CHECK_EQUAL(lines.size(), 2 * round); });
  }
}

CAF_TEST(a child writes ten megabytes without a newline) {
  watch();
  CAF_CHECK_EQUAL(run({"flood", "10000000"})->end().exit_code, 0);
  auto seen = wait_for(1);
  CAF_CHECK_EQUAL(seen[0].text.size(), max_output_line);
  CAF_CHECK_EQUAL(seen[0].dropped, 10000000 - max_output_line);
}

CAF_TEST(both streams of a child are told apart) {
  watch();
  auto child = run({"lines"});
  child->end();
  auto seen = wait_for(4);
  std::vector<std::string> output_lines, error_lines;
  for (auto& x : seen) {
    CAF_CHECK_EQUAL(x.pid, child->pid());
    CAF_CHECK_EQUAL(x.process, "child-1");
    auto normal = x.stream == output_stream::standard_output;
    (normal ? output_lines : error_lines).push_back(x.text);
  }
  CAF_CHECK_EQUAL(output_lines, (std::vector<std::string>{"one", ""}));
  CAF_CHECK_EQUAL(error_lines, (std::vector<std::string>{"two", "three"}));
}

CAF_TEST(output that is not wanted is not captured) {
  watch();
  process_settings settings;
  settings.name = "quiet";
  settings.command = {RR_TEST_CHILD, "lines"};
  settings.output = process_output::null;
  CAF_CHECK_EQUAL(start(settings)->end().exit_code, 0);
  watcher.reset();
  CAF_CHECK(lines.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
