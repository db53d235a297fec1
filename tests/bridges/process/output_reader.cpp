// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE output_reader

#include "bridges/process/output_reader.hpp"

#include <csignal>

#include "bridges/process/spawn.hpp"
#include "messages/utf8.hpp"

#include "tests/support/watched.hpp"

using namespace rr;
using namespace rr::test;

namespace output_reader_suite {
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

  /// The line of that number, from 1, once it is there.
  std::string text(size_t number) {
    return wait_for(number)[number - 1].text;
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
  CAF_CHECK_EQUAL(seen[1].text.size(), max_output_line + output_gap.size());
  CAF_CHECK_EQUAL(seen[1].dropped, 1u);
  CAF_CHECK_EQUAL(seen[2].text, "z");
  CAF_CHECK_EQUAL(seen[2].dropped, 0u);
}

CAF_TEST(of a long line both ends are kept however it comes) {
  for (size_t size : {8193u, 16383u, 16384u, 16385u, 200'000u})
    for (size_t step : {1000u, 4096u, 8192u, 65536u}) {
      std::string line;
      while (line.size() < size)
        line += std::to_string(line.size()) + ' ';
      line.resize(size);
      output.change([&] { lines.clear(); });
      auto pipe = open();
      for (size_t i = 0; i < size; i += step)
        write(pipe, line.substr(i, step));
      pipe.reset();
      auto seen = wait_for(1);
      auto half = max_output_line / 2;
      CAF_CHECK_EQUAL(seen[0].text, line.substr(0, half) + " ... "
                                      + line.substr(size - half));
      CAF_CHECK_EQUAL(seen[0].dropped, size - max_output_line);
    }
}

CAF_TEST(a cut tears no character) {
  auto pipe = open();
  // Of three bytes each, at every place where a cut can fall.
  for (auto shift : {"", "x", "xx"}) {
    std::string line = shift;
    while (line.size() < 30'000)
      line += "\u20ac";
    output.change([&] { lines.clear(); });
    write(pipe, line + '\n');
    auto seen = wait_for(1);
    CAF_CHECK(is_utf8(seen[0].text));
    CAF_CHECK_EQUAL(seen[0].text.size() - output_gap.size() + seen[0].dropped,
                    line.size());
    CAF_CHECK_GREATER(seen[0].text.size(), max_output_line - 8);
  }
}

CAF_TEST(a line ends at each of its ends and a pair of them is one) {
  auto pipe = open();
  write(pipe, "one\r\ntwo\rthree\n\r\nfive\r");
  auto seen = wait_for(5);
  CAF_CHECK_EQUAL(seen[0].text, "one");
  CAF_CHECK_EQUAL(seen[1].text, "two");
  CAF_CHECK_EQUAL(seen[2].text, "three");
  CAF_CHECK_EQUAL(seen[3].text, "");
  CAF_CHECK_EQUAL(seen[4].text, "five");
  // The pair may be split over two reads.
  write(pipe, "\nsix\n");
  CAF_CHECK_EQUAL(text(6), "six");
}

CAF_TEST(the last line after a flood of carriage returns is there) {
  std::string flood;
  for (auto i = 0; i < 2000; ++i)
    flood += "\rflashing " + std::to_string(i);
  auto pipe = open();
  write(pipe, flood + "\rERROR: verify failed\n");
  auto seen = wait_for(2002);
  CAF_CHECK_EQUAL(seen[2001].text, "ERROR: verify failed");
  CAF_CHECK_EQUAL(seen[2000].text, "flashing 1999");
}

CAF_TEST(
  a line without an end is shown after a silence and goes on as another) {
  auto pipe = open();
  auto start = output_reader::clock::now();
  write(pipe, "name? ");
  CAF_CHECK_EQUAL(text(1), "name? ");
  CAF_CHECK(output_reader::clock::now() - start >= output_silence);
  // Its end makes no line of its own.
  write(pipe, "\n");
  write(pipe, "age? ");
  CAF_CHECK_EQUAL(text(2), "age? ");
  write(pipe, "thank you\r\n\n");
  auto seen = wait_for(4);
  CAF_CHECK_EQUAL(seen[2].text, "thank you");
  CAF_CHECK_EQUAL(seen[3].text, "");
  pipe.reset();
  reader.reset();
  CAF_CHECK_EQUAL(lines.size(), 4u);
}

CAF_TEST(a silence tears no character and ends in the end) {
  auto pipe = open();
  write(pipe, "caf\xc3");
  CAF_CHECK_EQUAL(text(1), "caf");
  write(pipe, "\xa9");
  CAF_CHECK_EQUAL(text(2), "\u00e9");
  write(pipe, "Stra\xdf");
  CAF_CHECK_EQUAL(text(3), "Stra");
  CAF_CHECK_EQUAL(text(4), "\xdf");
}

CAF_TEST(a stream that is silent costs no other its lines) {
  auto silent = open();
  auto talking = open();
  write(silent, "wait");
  for (auto i = 0; i < 50; ++i)
    write(talking, "line\n");
  auto seen = wait_for(51);
  CAF_CHECK_EQUAL(seen[50].text, "wait");
}

CAF_TEST(bytes of any value are taken as they are) {
  std::string bytes;
  for (auto i = 0; i < 256; ++i)
    if (i != '\n' && i != '\r')
      bytes += static_cast<char>(i);
  auto pipe = open();
  write(pipe, bytes + '\n');
  CAF_CHECK_EQUAL(text(1), bytes);
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
  CAF_CHECK_EQUAL(seen[0].text.size(), max_output_line + output_gap.size());
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

} // namespace output_reader_suite
