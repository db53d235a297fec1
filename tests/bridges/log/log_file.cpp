// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_file

#include "bridges/log/log_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace log_file_suite {
namespace {

using json = nlohmann::json;

struct fixture {
  temporary_folder folder;
  log_file_settings settings;
  std::shared_ptr<log_file> output;

  fixture() {
    settings.file.path = folder.file("logs/robot.log");
    settings.app = "robot";
    settings.report_interval = std::chrono::seconds{0};
  }

  void open() {
    auto made = log_file::make(settings);
    CAF_REQUIRE(made);
    output = *made;
  }

  void write(int number) {
    output->write(
      {"Counted", log_level::info, {}, "robot", {{"number", number}}});
  }

  std::vector<json> lines(const std::string& name = "robot.log") {
    std::ifstream in{folder.file("logs/" + name)};
    std::vector<json> result;
    for (std::string line; std::getline(in, line);)
      result.push_back(json::parse(line));
    return result;
  }

  size_t files() {
    auto all = std::filesystem::directory_iterator{folder.file("logs")};
    return static_cast<size_t>(
      std::distance(begin(all), std::filesystem::directory_iterator{}));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_file_tests, fixture)

CAF_TEST(events are lines of JSON and a new start appends) {
  for (auto round = 0; round < 2; ++round) {
    open();
    for (auto i = 0; i < 10; ++i)
      write(i);
    output.reset();
  }
  auto seen = lines();
  CAF_REQUIRE_EQUAL(seen.size(), 20u);
  for (auto i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(seen[static_cast<size_t>(i)]["number"], i % 10);
}

CAF_TEST(files are rotated and no more are kept than asked for) {
  settings.file.max_size = 1000;
  settings.file.max_files = 3;
  open();
  for (auto i = 0; i < 1000; ++i)
    write(i);
  output.reset();
  CAF_CHECK_EQUAL(files(), 3u);
  auto newest = lines();
  auto before = lines("robot.1.log");
  CAF_REQUIRE(!newest.empty() && !before.empty());
  CAF_CHECK_EQUAL(newest.back()["number"], 999);
  CAF_CHECK_EQUAL(before.back()["number"].get<int>() + 1,
                  newest.front()["number"].get<int>());
  for (auto name : {"robot.log", "robot.1.log", "robot.2.log"})
    CAF_CHECK(std::filesystem::file_size(folder.file("logs/") + name) <= 1000u);
}

CAF_TEST(one file may be all) {
  settings.file.max_size = 1000;
  settings.file.max_files = 1;
  open();
  for (auto i = 0; i < 100; ++i)
    write(i);
  output.reset();
  CAF_CHECK_EQUAL(files(), 1u);
  CAF_CHECK_EQUAL(lines().back().value("number", 0), 99);
}

CAF_TEST(losses are reported in the file) {
  open();
  write(0);
  CAF_CHECK(output->settle());
  log_loss loss;
  loss.by_level[1] = 3;
  output->lost(loss);
  CAF_CHECK(output->settle());
  output->lost(loss);
  output->end();
  output.reset();
  auto seen = lines();
  CAF_REQUIRE_EQUAL(seen.size(), 3u);
  CAF_CHECK_EQUAL(seen[1]["event"], "Log events dropped");
  CAF_CHECK_EQUAL(seen[1]["level"], "warning");
  CAF_CHECK_EQUAL(seen[1]["count"], 3);
  CAF_CHECK_EQUAL(seen[1]["sink"], "file");
  CAF_CHECK_EQUAL(seen[2]["count"], 3);
  // They are not its own.
  open();
  output->lost(loss);
  CAF_CHECK_EQUAL(output->own_loss().count, 0u);
}

CAF_TEST(what a full disk loses is reported once there is room) {
  auto full = true;
  settings.file.write = [&](int fd, const void* bytes, size_t size) {
    if (!full)
      return ::write(fd, bytes, size);
    errno = ENOSPC;
    return ssize_t{-1};
  };
  open();
  for (auto i = 0; i < 10; ++i)
    write(i);
  CAF_CHECK_EQUAL(output->dropped(), 10u);
  auto loss = output->own_loss();
  CAF_CHECK_EQUAL(loss.sink, "file");
  CAF_CHECK_EQUAL(loss.count, 10u);
  CAF_CHECK_EQUAL(loss.error, ENOSPC);
  CAF_CHECK(!output->settle());
  full = false;
  // No event need follow.
  CAF_CHECK(output->settle());
  write(10);
  output.reset();
  auto seen = lines();
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0]["event"], "Log events dropped");
  CAF_CHECK_EQUAL(seen[0]["count"], 10);
  CAF_CHECK_EQUAL(seen[0]["cause"], "no space left on device");
  CAF_CHECK_EQUAL(seen[1]["number"], 10);
}

CAF_TEST(a path that cannot be opened is an error that names it) {
  settings.file.path = "/proc/nowhere/robot.log";
  auto made = log_file::make(settings);
  CAF_REQUIRE(!made);
  auto text = describe(made.error());
  CAF_CHECK(text.starts_with("cannot write the log to " + settings.file.path));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_file_suite
