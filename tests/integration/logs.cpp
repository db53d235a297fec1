// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE logs

#include "tests/integration/logs_fixture.hpp"

#include <sys/stat.h>

#include <cstdio>

using namespace rr;
using namespace rr::test;

namespace logs_suite {
namespace {

struct fixture : logs_fixture {
  /// What `logs` makes of these lines on standard input.
  std::string filtered(const std::string& lines, const std::string& words) {
    auto command = RR_PROGRAM " logs --source=stdin " + words + " 2>&1 <"
                   + folder.write("lines", lines);
    auto pipe = ::popen(command.c_str(), "r");
    std::string result;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
      result += static_cast<char>(c);
    CAF_CHECK_EQUAL(::pclose(pipe), 0);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(logs_tests, fixture)

CAF_TEST(all that runs appears in one log and the last event is in it) {
  configuration += "[process.python]\ncommand = [" + peer + ", \"publish\"]\n";
  auto robot = run({"run"});
  CAF_REQUIRE(!robot->wait_for_event("tick").is_null());
  auto reader = logs();
  auto line = reader->wait_for_event("tick");
  CAF_REQUIRE(!line.is_null());
  CAF_CHECK_EQUAL(line["process"], "chatter");
  CAF_CHECK_EQUAL(line["stream"], "stdout");
  CAF_CHECK_EQUAL(line["level"], "info");
  CAF_CHECK_EQUAL(line["app"], "robot");
  CAF_CHECK(line["pid"].is_number_integer());
  CAF_CHECK(line["source"].get<std::string>().starts_with("robot-"));
  auto tock = reader->wait_for_event("tock");
  CAF_CHECK_EQUAL(tock["level"], "warning");
  auto hello = reader->wait_for_event("hello from Python");
  CAF_REQUIRE(!hello.is_null());
  CAF_CHECK_EQUAL(hello["level"], "warning");
  CAF_CHECK_EQUAL(hello["process"], "python");
  CAF_CHECK_EQUAL(hello["nested"]["list"][0], 1);
  stop(*robot);
  auto last = reader->wait_for_event("Application is exiting");
  CAF_REQUIRE(!last.is_null());
  CAF_CHECK_EQUAL(last["reason"], "SIGTERM");
  reader->signal(SIGINT);
  CAF_CHECK_EQUAL(reader->wait(), 0);
}

CAF_TEST(a child that prints without end costs no event of the runtime) {
  configuration = "[process.noise]\ncommand = [\"/usr/bin/yes\"]\n"
                  "[process.more-noise]\ncommand = [\"/usr/bin/yes\"]\n";
  for (auto round = 0; round < 3; ++round) {
    auto robot = run({"run", "--emergency-stop.latch=false"});
    CAF_REQUIRE(!robot->wait_for_event("y").is_null());
    auto stop = run({"estop"});
    CAF_CHECK_EQUAL(robot->wait(), 255);
    CAF_CHECK_EQUAL(robot->count("Received emergency stop"), 1u);
    CAF_CHECK_EQUAL(robot->count("Terminated process"), 2u);
    CAF_CHECK_EQUAL(robot->count("Application is exiting"), 1u);
    CAF_CHECK_GREATER(robot->count("Log events dropped"), 0u);
  }
}

CAF_TEST(a reader of another kind gets the same) {
  configuration += "[process.reader]\ncommand = [" + peer
                   + ", \"read\", \"5\"]\non-success = \"stop\"\n";
  auto robot = run({"run"});
  // Its output is in the log, as text.
  CAF_CHECK_EQUAL(robot->wait(), 0);
  auto seen = 0;
  for (const auto& event : robot->events()) {
    if (event.value("process", "") != "reader" || !event.contains("stream"))
      continue;
    auto list = program::json::parse(event["event"].get<std::string>());
    const auto& read = list.at(0);
    CAF_CHECK(read.contains("source") && read.contains("seq"));
    ++seen;
  }
  CAF_CHECK_EQUAL(seen, 5);
}

CAF_TEST(a reader sees its level and above) {
  auto robot = start_robot();
  auto reader = logs({"--log.level=warn", "--count=3"});
  CAF_CHECK_EQUAL(reader->wait(), 0);
  CAF_REQUIRE_EQUAL(reader->events().size(), 3u);
  for (const auto& event : reader->events())
    CAF_CHECK_EQUAL(event["level"], "warning");
  stop(*robot);
}

CAF_TEST(several readers at once each get what they ask for) {
  auto robot = start_robot();
  std::vector<std::unique_ptr<program>> readers;
  for (auto i = 0; i < 4; ++i)
    readers.push_back(logs({"--count=5"}));
  for (auto& reader : readers) {
    CAF_CHECK_EQUAL(reader->wait(), 0);
    CAF_CHECK_EQUAL(reader->events().size(), 5u);
    CAF_CHECK_EQUAL(reader->errors(), "");
  }
  stop(*robot);
}

CAF_TEST(a reader waits for the runtime and survives its restart) {
  auto reader = logs();
  CAF_REQUIRE(reader->wait_for_error("; waiting for it\n"));
  CAF_CHECK(contains(reader->errors(), "no runtime at ipc://"));
  std::string first;
  for (auto round = 0; round < 2; ++round) {
    auto robot = start_robot();
    for (;;) {
      auto line = reader->wait_for_new_event("tick");
      CAF_REQUIRE(!line.is_null());
      if (line["source"] != first) {
        first = line["source"];
        break;
      }
    }
    stop(*robot);
  }
  reader->signal(SIGTERM);
  CAF_CHECK_EQUAL(reader->wait(), 0);
}

CAF_TEST(the end of a pipeline is a quiet end) {
  auto robot = start_robot();
  auto reader = logs();
  CAF_REQUIRE(!reader->wait_for_event("tick").is_null());
  reader->close_output();
  CAF_CHECK_EQUAL(reader->wait(), 0);
  CAF_CHECK_EQUAL(reader->errors(), "");
  stop(*robot);
  // Also while nothing comes.
  auto idle = logs();
  idle->close_output();
  CAF_CHECK_EQUAL(idle->wait(), 0);
}

CAF_TEST(lines of standard input are shown and others counted) {
  std::string lines
    = "{\"event\":\"a\",\"level\":\"info\",\"n\":1}\nnonsense\n{}\n"
      "{\"event\":\"b\",\"level\":\"debug\",\"app\":\"arm\",\"exc_info\":"
      "\"Traceback\\nKeyError\"}\n"
      "{\"event\":\"\\u001b[31mc\",\"level\":\"warn\"}\n"
      "{\"level\":\"error\",\"event\":\""
      + std::string(2 << 20, 'x')
      + "\"}\n{\"event\":\"d\",\"level\":\"error\"}";
  CAF_CHECK_EQUAL(filtered(lines, "--format=json"),
                  "{\"event\":\"a\",\"level\":\"info\",\"n\":1}\n"
                  "{\"event\":\"\\u001b[31mc\",\"level\":\"warning\"}\n"
                  "{\"event\":\"d\",\"level\":\"error\"}\n"
                  "robot-runtime: skipped 3 malformed events\n");
  auto pretty = filtered(lines, "--count=2 --log.level=debug");
  CAF_CHECK(contains(pretty, "debug    arm             b\n    exc_info:\n"
                             "      Traceback\n      KeyError\n"));
  CAF_CHECK_EQUAL(std::count(pretty.begin(), pretty.end(), '\n'), 6);
  auto warned = filtered(lines, "--log.level=warning");
  CAF_CHECK(contains(warned, "\\x1b[31mc"));
  CAF_CHECK(!contains(warned, "\x1b"));
}

CAF_TEST(bad usage is one line and exit code 2) {
  for (auto& words :
       std::vector<std::vector<std::string>>{{"logs", "--format=xml"},
                                             {"logs", "--source=file"},
                                             {"logs", "--count=0"},
                                             {"logs", "--count=many"},
                                             {"logs", "--log.level=loud"},
                                             {"logs", "--cuont=1"},
                                             {"logs", "stray"}}) {
    program bad{words};
    CAF_CHECK_EQUAL(bad.wait(), 2);
    CAF_CHECK_EQUAL(bad.output(), "");
    auto text = bad.errors();
    CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 1);
  }
}

CAF_TEST(an address in use is an error of the start) {
  auto robot = start_robot();
  auto taken = "ipc://" + folder.file("run/log-frontend.sock");
  program second{
    {"run", "--application.runtime-directory=" + folder.file("other"),
     "--router.frontend=ipc://RUNTIME/rpc.sock", "--log.frontend=" + taken}};
  CAF_CHECK_EQUAL(second.wait(), 1);
  CAF_CHECK_EQUAL(second.errors(), "robot-runtime: cannot bind " + taken
                                     + ": another process is serving it\n");
  stop(*robot);
}

CAF_TEST(the status tells of the log) {
  auto robot = start_robot();
  auto tool = run({"status", "--format=json"});
  CAF_CHECK_EQUAL(tool->wait(), 0);
  auto status = program::json::parse(tool->output());
  CAF_CHECK_EQUAL(status["endpoints"]["log_frontend"][0],
                  "ipc://" + folder.file("run/log-frontend.sock"));
  CAF_CHECK_EQUAL(status["endpoints"]["log_backend"].size(), 1u);
  CAF_CHECK(status["log"]["published"] > 0);
  CAF_CHECK(status["log"]["received"] > 0);
  CAF_CHECK_EQUAL(status["log"]["malformed"], 0);
  CAF_CHECK_EQUAL(status["log"]["dropped"], 0);
  stop(*robot);
}

CAF_TEST(logs waits no longer for events than its time) {
  auto robot = start_robot();
  auto reader = logs({"--count=1000000", "--timeout=1s"});
  CAF_CHECK_EQUAL(reader->wait(), 1);
  CAF_CHECK(contains(reader->errors(), " of 1000000 events within 1s"));
  stop(*robot);
}

CAF_TEST(logs waits no longer for standard input than its time) {
  auto fifo = folder.file("fifo");
  CAF_REQUIRE_EQUAL(::mkfifo(fifo.c_str(), 0600), 0);
  // The shell itself holds the end that never says anything.
  program reader{{"-c",
                  "exec 3<>\"$0\"; exec " RR_PROGRAM
                  " logs --source=stdin --count=1 --timeout=300ms <&3",
                  fifo},
                 {},
                 "/bin/sh"};
  CAF_CHECK_EQUAL(reader.wait(), 1);
  CAF_CHECK_EQUAL(reader.errors(),
                  "robot-runtime: 0 of 1 events within 300ms; see --log.level "
                  "and --timeout\n");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace logs_suite
