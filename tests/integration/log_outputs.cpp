// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_outputs

#include "tests/integration/logs_fixture.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace rr;
using namespace rr::test;

namespace log_outputs_suite {
namespace {

/// How many events of that text a log file has.
size_t count(const std::string& file, const std::string& event) {
  size_t result = 0;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    result += program::json::parse(line)["event"] == event ? 1 : 0;
  return result;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_outputs_tests, logs_fixture)

CAF_TEST(what other programs publish is in the file and printed once) {
  configuration += "[process.python]\ncommand = [" + peer + ", \"publish\"]\n";
  auto file = folder.file("robot.log");
  auto robot = run({"run", "--log.file=" + file});
  for (auto i = 0; i < 3; ++i) {
    auto hello = robot->wait_for_new_event("hello from Python");
    CAF_REQUIRE(!hello.is_null());
    CAF_CHECK_EQUAL(hello["level"], "warning");
    CAF_CHECK_EQUAL(hello["app"], "python");
    CAF_CHECK(!hello.contains("stream"));
  }
  stop(*robot);
  // The runtime's own events come back from its forwarder, and are no others.
  for (auto name : {"Application is exiting", "Log publisher configured"}) {
    CAF_CHECK_EQUAL(robot->count(name), 1u);
    CAF_CHECK_EQUAL(count(file, name), 1u);
  }
  CAF_CHECK_GREATER(count(file, "hello from Python"), 2u);
}

CAF_TEST(events below the level are passed on to nobody) {
  configuration += "[process.python]\ncommand = [" + peer + ", \"publish\"]\n";
  auto robot = run({"run", "--log.level=error"});
  auto reader = logs({"--log.level=debug", "--count=3"});
  CAF_CHECK_EQUAL(reader->wait(), 0);
  robot->signal(SIGTERM);
  CAF_CHECK_EQUAL(robot->wait(), 0);
  CAF_CHECK_EQUAL(robot->count("hello from Python"), 0u);
}

CAF_TEST(a line that is an event of ours becomes that event) {
  configuration = "[process.arm]\ncommand = [\"/bin/sh\", \"-c\", \"cat "
                  + folder.write(
                    "said", R"({"event":"stuck","level":"error","app":"elbow",)"
                            R"("degrees":17,"seq":3,"source":"x"})"
                            "\n")
                  + " >&2\"]\non-success = \"stop\"\n";
  auto robot = run({"run"});
  CAF_CHECK_EQUAL(robot->wait(), 0);
  auto event = robot->wait_for_event("stuck");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["level"], "error");
  CAF_CHECK_EQUAL(event["app"], "elbow");
  CAF_CHECK_EQUAL(event["degrees"], 17);
  CAF_CHECK_EQUAL(event["process"], "arm");
  CAF_CHECK_EQUAL(event["stream"], "stderr");
  CAF_CHECK(!event.contains("seq"));
}

CAF_TEST(the last line after a flood of carriage returns is an event) {
  configuration = "[process.flash]\ncommand = [\"/bin/sh\", \"-c\", \"cat "
                  + folder.write("said",
                                 [] {
                                   std::string text;
                                   for (auto i = 0; i < 2000; ++i)
                                     text += "\rflashing " + std::to_string(i);
                                   return text + "\rERROR: verify failed\n";
                                 }())
                  + " >&2\"]\non-success = \"stop\"\n";
  auto robot = run({"run"});
  CAF_CHECK_EQUAL(robot->wait(), 0);
  auto event = robot->wait_for_event("ERROR: verify failed");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["level"], "warning");
  CAF_CHECK_EQUAL(event["process"], "flash");
}

CAF_TEST(a disk without room loses whole lines and the others are told) {
  auto file = folder.file("robot.log");
  auto robot = run({"run", "--log.file=" + file});
  CAF_REQUIRE(!robot->wait_for_event("tick").is_null());
  // As a disk that fills up and gets room again.
  rlimit before{};
  CAF_REQUIRE_EQUAL(::prlimit(robot->pid(), RLIMIT_FSIZE, nullptr, &before), 0);
  rlimit tight{std::filesystem::file_size(file) + 50, before.rlim_max};
  CAF_REQUIRE_EQUAL(::prlimit(robot->pid(), RLIMIT_FSIZE, &tight, nullptr), 0);
  auto lost = robot->wait_for_event("Log events dropped");
  CAF_REQUIRE(!lost.is_null());
  CAF_CHECK_EQUAL(lost["sink"], "file");
  CAF_CHECK_GREATER(lost["count"].get<int>(), 0);
  CAF_REQUIRE_EQUAL(::prlimit(robot->pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  for (auto i = 0; i < 60; ++i)
    CAF_REQUIRE(!robot->wait_for_new_event("tick").is_null());
  stop(*robot);
  // What is in the file, and what it says it lost, is what was printed.
  uint64_t there = 0;
  uint64_t told = 0;
  uint64_t printed = 0;
  uint64_t reported = 0;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    auto event = program::json::parse(line);
    if (event["event"] == "Log events dropped")
      told += event["count"].get<uint64_t>();
    else
      ++there;
  }
  for (const auto& event : robot->events())
    if (event["event"] == "Log events dropped")
      reported += event["count"].get<uint64_t>();
    else
      ++printed;
  CAF_CHECK_EQUAL(told, reported);
  CAF_CHECK_EQUAL(there + told, printed);
}

CAF_TEST(a file that is none is refused before anything is opened) {
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  for (const auto& path :
       {fifo, folder.path().string(), std::string{"/dev/full"}}) {
    auto robot = run({"run", "--log.file=" + path});
    CAF_CHECK_EQUAL(robot->wait(), 2);
    CAF_CHECK(contains(robot->errors(), path + " is a "));
    CAF_CHECK(contains(robot->errors(), "no regular file"));
  }
}

CAF_TEST(a file gets the same events) {
  auto file = folder.file("logs/robot.log");
  auto robot = run(
    {"run", "--log.file=" + file, "--log.max-size=2000", "--log.max-files=2"});
  for (auto i = 0; i < 30; ++i)
    CAF_REQUIRE(!robot->wait_for_new_event("tick").is_null());
  stop(*robot);
  CAF_CHECK(std::filesystem::exists(folder.file("logs/robot.1.log")));
  CAF_CHECK(!std::filesystem::exists(folder.file("logs/robot.2.log")));
  std::ifstream in{file};
  std::string last;
  for (std::string line; std::getline(in, line);)
    last = line;
  CAF_CHECK(last.find("Application is exiting") != std::string::npos);
  auto bad = run({"run", "--log.file=/proc/nowhere/robot.log"});
  CAF_CHECK_EQUAL(bad->wait(), 1);
  CAF_CHECK(
    contains(bad->errors(), "cannot write the log to /proc/nowhere/robot.log"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_outputs_suite
