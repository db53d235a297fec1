// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE standard_output

#include "bridges/log/standard_output.hpp"

#include <caf/test/dsl.hpp>

#include <fcntl.h>
#include <pty.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "bridges/log/log_dispatcher.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_pipe.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace standard_output_suite {
namespace {

using json = nlohmann::json;

using clock_type = std::chrono::steady_clock;

struct fixture {
  test_pipe pipe;
  standard_output_settings settings;
  size_t queue = 8;
  std::shared_ptr<standard_output> output;
  std::shared_ptr<log_dispatcher> dispatcher;

  fixture() {
    settings.fd = pipe.out.get();
    settings.app = "robot";
  }

  void open() {
    auto result = standard_output::make(settings);
    CAF_REQUIRE(result);
    output = std::move(*result);
    auto made = log_dispatcher::make(queue, {output});
    CAF_REQUIRE(made);
    dispatcher = std::move(*made);
  }

  void write(log_level level, std::string event, log_fields fields = {}) {
    dispatcher->write(
      {std::move(event), level, {}, "robot", std::move(fields)});
  }

  void write_bulk(int count, int thread = 0) {
    for (auto i = 0; i < count; ++i)
      dispatcher->write({"Line",
                         log_level::info,
                         {},
                         "robot",
                         {{"number", i}, {"thread", thread}},
                         true});
  }

  void write_many(int count, int thread = 0) {
    for (int i = 0; i < count; ++i)
      write(log_level::info, "Counted", {{"number", i}, {"thread", thread}});
  }

  /// Closes every writing end: the reader sees the end.
  void close() {
    dispatcher->close();
    output.reset();
    dispatcher.reset();
    pipe.out.reset();
  }

  /// The lines that arrive until a report does, while the output stays open.
  std::string read_report() {
    std::string result;
    while (result.find("Log events dropped") == std::string::npos
           || !result.ends_with('\n')) {
      auto some = pipe.read_some();
      CAF_REQUIRE(!some.empty());
      result += some;
    }
    return result;
  }
};

/// What a reader makes of the lines it got.
struct account {
  size_t delivered = 0;
  size_t dropped = 0;
  size_t reports = 0;
  bool in_order = true;
  std::map<int, int> last;

  explicit account(const std::string& text) {
    for (auto& line : lines_of(text))
      add(json::parse(line));
  }

  void add(const json& event) {
    if (event["event"] == "Log events dropped") {
      ++reports;
      dropped += event["count"].get<size_t>();
      return;
    }
    ++delivered;
    auto number = event["number"].get<int>();
    auto [i, is_new] = last.emplace(event["thread"].get<int>(), number);
    if (!is_new && number <= std::exchange(i->second, number))
      in_order = false;
  }
};

template <class F>
clock_type::duration time_of(F f) {
  auto start = clock_type::now();
  f();
  return clock_type::now() - start;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(standard_output_tests, fixture)

CAF_TEST(events arrive as lines of JSON) {
  open();
  write(log_level::info, "Process started", {{"pid", 17}});
  write(log_level::error, "Killed\nprocess", {{"pid", 18}});
  close();
  auto lines = lines_of(pipe.read_all());
  CAF_REQUIRE_EQUAL(lines.size(), 2u);
  CAF_CHECK(json::parse(lines[0])["pid"] == 17);
  CAF_CHECK(json::parse(lines[1])["event"] == "Killed\nprocess");
}

CAF_TEST(pretty has no colours in a pipe and none of an event) {
  settings.format = log_format::pretty;
  open();
  write(log_level::info, "\x1b[31mred\nline");
  close();
  auto text = pipe.read_all();
  CAF_CHECK_EQUAL(text.find('\x1b'), std::string::npos);
  CAF_CHECK_EQUAL(lines_of(text).size(), 1u);
}

CAF_TEST(pretty is coloured on a terminal) {
  int master = -1;
  int slave = -1;
  CAF_REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  pipe.in.reset(master);
  pipe.out.reset(slave);
  settings.fd = slave;
  settings.format = log_format::pretty;
  open();
  write(log_level::info, "Process started");
  CAF_CHECK_NOT_EQUAL(pipe.read_some().find("\x1b[32minfo"), std::string::npos);
}

CAF_TEST(events below the level are not written) {
  settings.level = log_level::warning;
  open();
  write(log_level::info, "quiet");
  write(log_level::warning, "loud");
  close();
  CAF_CHECK_EQUAL(lines_of(pipe.read_all()).size(), 1u);
}

CAF_TEST(a pipe that nobody reads delays neither events nor the end) {
  pipe.fill();
  open();
  // For ever, would they wait.
  CAF_CHECK(time_of([&] { write_many(10'000); }) < 10s);
  CAF_CHECK(time_of([&] { dispatcher->close(); }) < 10s);
  CAF_CHECK_EQUAL(output->dropped(), 10'000u);
  CAF_CHECK(pipe.is_blocking());
}

CAF_TEST(a reader that resumes gets whole lines and the count of the rest) {
  pipe.fill();
  open();
  write_many(10'000);
  std::string text;
  auto reader = std::thread{[&] { text = pipe.read_all(); }};
  write_many(10'000, 1);
  close();
  reader.join();
  auto seen = account{text};
  CAF_CHECK_EQUAL(seen.delivered + seen.dropped, 20'000u);
  CAF_CHECK_GREATER(seen.delivered, 0u);
  CAF_CHECK_GREATER(seen.dropped, 0u);
  CAF_CHECK(seen.in_order);
}

CAF_TEST(no event is lost for bulk ones) {
  pipe.fill();
  open();
  write_bulk(1000, 0);
  write_many(1, 1);
  write_bulk(1000, 2);
  std::string text;
  auto reader = std::thread{[&] { text = pipe.read_all(); }};
  close();
  reader.join();
  auto seen = account{text};
  CAF_CHECK_EQUAL(seen.delivered + seen.dropped, 2001u);
  CAF_CHECK(seen.last.contains(1));
  CAF_CHECK(seen.in_order);
}

CAF_TEST(the last of the bulk lines that find no room are kept) {
  pipe.fill();
  open();
  write_bulk(1000);
  std::string text;
  auto reader = std::thread{[&] { text = pipe.read_all(); }};
  close();
  reader.join();
  auto seen = account{text};
  CAF_CHECK_EQUAL(seen.delivered + seen.dropped, 1000u);
  CAF_CHECK_EQUAL(seen.last.at(0), 999);
  CAF_CHECK(seen.in_order);
}

CAF_TEST(of what finds no room on a disk no part is left and it is counted) {
  temporary_folder folder;
  auto path = folder.write("out", "before\n");
  file_descriptor file{::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)};
  CAF_REQUIRE(file);
  settings.fd = file.get();
  queue = 100;
  settings.report_interval = 0s;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  open();
  rlimit tight{300, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  write_many(20);
  auto end = clock_type::now() + 10s;
  while (output->dropped() < 18 && clock_type::now() < end)
    std::this_thread::yield();
  ::setrlimit(RLIMIT_FSIZE, &before);
  auto loss = output->own_loss();
  CAF_CHECK_EQUAL(loss.sink, "standard-output");
  CAF_CHECK_EQUAL(loss.error, EFBIG);
  write_many(1, 1);
  dispatcher->close();
  std::ifstream in{path};
  std::string line;
  std::getline(in, line);
  CAF_CHECK_EQUAL(line, "before");
  std::string rest{std::istreambuf_iterator<char>{in}, {}};
  auto seen = account{rest};
  CAF_CHECK_EQUAL(seen.delivered + seen.dropped, 21u);
  CAF_CHECK(seen.last.contains(1));
}

CAF_TEST(reports are an interval apart but for the last) {
  settings.report_interval = 1h;
  pipe.fill();
  open();
  write_many(100);
  auto text = read_report();
  write_many(100);
  std::string rest;
  auto reader = std::thread{[&] { rest = pipe.read_all(); }};
  for (int i = 0; i < 100; ++i)
    write_many(100);
  close();
  reader.join();
  CAF_CHECK_EQUAL(account{text}.reports, 1u);
  CAF_CHECK_LESS(account{rest}.reports, 2u);
}

CAF_TEST(a loss is reported although no event follows) {
  settings.report_interval = 50ms;
  queue = 1;
  open();
  for (int i = 0; i < 3; ++i) {
    // The queue takes two events, the writing thread others.
    write(log_level::info, std::string(10'000, 'x'));
    write_many(30);
    auto text = read_report();
    CAF_CHECK(text.ends_with("}\n"));
  }
}

CAF_TEST(a pipe without a reader loses events and nothing else) {
  open();
  pipe.in.reset();
  write_many(100);
  dispatcher->close();
  CAF_CHECK_EQUAL(output->dropped(), 100u);
}

CAF_TEST(a closed descriptor loses events and nothing else) {
  settings.fd = -1;
  open();
  write_many(100);
  dispatcher->close();
  CAF_CHECK_EQUAL(output->dropped(), 100u);
}

CAF_TEST(many threads write whole lines each in its order) {
  queue = 4000;
  open();
  std::string text;
  auto reader = std::thread{[&] { text = pipe.read_all(); }};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([this, i] { write_many(500, i); });
  for (auto& thread : threads)
    thread.join();
  close();
  reader.join();
  auto seen = account{text};
  CAF_CHECK_EQUAL(seen.delivered, 4000u);
  CAF_CHECK_EQUAL(seen.last.size(), 8u);
  CAF_CHECK(seen.in_order);
}

CAF_TEST(threads may write and close at once) {
  pipe.fill();
  open();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this, i] { write_many(20'000, i); });
  CAF_CHECK(time_of([&] { dispatcher->close(); }) < 10s);
  for (auto& thread : threads)
    thread.join();
}

CAF_TEST(what is written after the end is not counted) {
  open();
  dispatcher->close();
  dispatcher->close();
  write_many(1);
  CAF_CHECK_EQUAL(output->dropped(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace standard_output_suite
