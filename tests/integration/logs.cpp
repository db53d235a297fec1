// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE logs

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace {

const std::string peer = "\"/usr/bin/python3\", \"" RR_SOURCE_DIR
                         "/tests/integration/log_peer.py\"";

/// Says a line every 50 ms on each stream.
const std::string chatter
  = "[process.chatter]\ncommand = [\"/bin/sh\", \"-c\", \"while :; do "
    "echo tick; echo tock >&2; sleep 0.05; done\"]\n";

struct fixture {
  temporary_folder folder;
  std::string configuration = chatter;

  std::vector<std::string> arguments(std::vector<std::string> words) {
    auto base = folder.path().string();
    words.push_back("--config-file="
                    + folder.write("robot.ini", configuration));
    words.push_back("--application.runtime-directory=" + base + "/run");
    words.push_back("--application.state-directory=" + base + "/state");
    words.push_back("--router.frontend=ipc://RUNTIME/rpc.sock");
    words.push_back("--log.frontend=ipc://RUNTIME/log-frontend.sock");
    return words;
  }

  std::unique_ptr<program> run(std::vector<std::string> words) {
    return std::make_unique<program>(arguments(std::move(words)));
  }

  std::unique_ptr<program> logs(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"logs", "--format=json"});
    return run(std::move(words));
  }

  std::unique_ptr<program> start_robot() {
    auto robot = run({"run"});
    CAF_REQUIRE(!robot->wait_for_event("tick").is_null());
    return robot;
  }

  static void stop(program& robot) {
    robot.signal(SIGTERM);
    CAF_CHECK_EQUAL(robot.wait(), 0);
  }

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

/// How many events of that text a log file has.
size_t count(const std::string& file, const std::string& event) {
  size_t result = 0;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    result += program::json::parse(line)["event"] == event ? 1 : 0;
  return result;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

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
    auto robot = run({"run"});
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
      "{\"event\":\"b\",\"level\":\"debug\"}\n"
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
  CAF_CHECK(contains(pretty, "debug    b"));
  CAF_CHECK_EQUAL(std::count(pretty.begin(), pretty.end(), '\n'), 3);
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
                  "robot-runtime: 0 of 1 events within 300ms\n");
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
