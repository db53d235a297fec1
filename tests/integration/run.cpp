// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE run

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "bridges/process/containment.hpp"

#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace run_suite {
namespace {

struct fixture {
  temporary_folder folder;

  std::vector<std::string> arguments(const std::string& command,
                                     const std::string& configuration,
                                     std::vector<std::string> more = {}) {
    auto base = folder.path().string();
    std::vector<std::string> result{
      command,
      "--config-file=" + folder.write("robot.ini", configuration),
      "--application.runtime-directory=" + base + "/run",
      "--application.state-directory=" + base + "/state",
      "--router.frontend=ipc://RUNTIME/rpc.sock",
      "--log.frontend=ipc://RUNTIME/log-frontend.sock"};
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  std::string path(const std::string& name) const {
    return folder.file(name);
  }
};

/// A section of a process that runs a line of shell.
std::string shell(const std::string& name, const std::string& line,
                  const std::string& more = "") {
  return "[process." + name + "]\ncommand = [\"/bin/sh\", \"-c\", \"" + line
         + "\"]\n" + more + "\n";
}

/// Of the row of a child that forgets what it has started.
const std::string forgetful
  = "n=0; while [ $n -lt 200 ]; do (sh -c 'exit 0' &); n=$((n+1)); done; "
    "echo made; exec sleep 1000";

/// The parent of a process, and whether it has ended.
std::pair<pid_t, bool> parent_of(const std::string& pid) {
  std::ifstream file{"/proc/" + pid + "/stat"};
  std::string text;
  std::getline(file, text);
  auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return {0, false};
  auto rest = text.substr(name_end + 2);
  return {std::atoi(rest.c_str() + 2), rest.starts_with('Z')};
}

/// How many processes have ended that a robot has not reaped.
size_t zombies_of(const program& robot) {
  auto parents = robot.processes();
  size_t result = 0;
  for (auto& name : list_directory("/proc"))
    if (auto [parent, ended] = parent_of(name); ended)
      result += static_cast<size_t>(
        std::count(parents.begin(), parents.end(), parent));
  return result;
}

/// Waits until only so many processes of a robot are left and no zombie.
bool wait_until_reaped(const program& robot, size_t left) {
  auto deadline = std::chrono::steady_clock::now() + program::patience;
  while (robot.processes().size() > left || zombies_of(robot) > 0) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

const std::string sleeper = "exec sleep 1000";

} // namespace

CAF_TEST_FIXTURE_SCOPE(run_tests, fixture)

CAF_TEST(a robot runs until it is terminated and exits with 0) {
  program robot{arguments("run", shell("camera", sleeper))};
  auto started = robot.wait_for_event("Process started");
  CAF_REQUIRE(!started.is_null());
  CAF_CHECK_EQUAL(started["process"], "camera");
  CAF_CHECK_EQUAL(started["app"], "robot");
  CAF_CHECK_EQUAL(started["level"], "info");
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
  CAF_CHECK_EQUAL(robot.count("Terminated process"), 1u);
  CAF_CHECK_EQUAL(robot.events().back()["event"], "Application is exiting");
  CAF_CHECK(robot.wait_until_nothing_is_left());
  CAF_CHECK_EQUAL(robot.faults(), "");
}

CAF_TEST(a robot without processes runs until it is interrupted) {
  program robot{arguments("run", "")};
  CAF_REQUIRE(!robot.wait_for_event("Log publisher configured").is_null());
  robot.signal(SIGINT);
  CAF_CHECK_EQUAL(robot.wait(), 0);
  CAF_CHECK_EQUAL(robot.events().back()["reason"], "SIGINT");
}

CAF_TEST(a child that fails stops the robot with 1) {
  program robot{
    arguments("run", shell("camera", sleeper) + shell("lidar", "exit 3"))};
  CAF_CHECK_EQUAL(robot.wait(), 1);
  CAF_CHECK_EQUAL(robot.events().back()["reason"],
                  "process lidar exited with code 3");
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a crash is an error that says what the robot does) {
  program robot{
    arguments("run", shell("lidar", "kill -SEGV $$"), {"--log.level=warning"})};
  CAF_CHECK_EQUAL(robot.wait(), 1);
  auto failed = robot.wait_for_event("Process failed");
  CAF_REQUIRE(!failed.is_null());
  CAF_CHECK_EQUAL(failed["level"], "error");
  CAF_CHECK_EQUAL(failed["process"], "lidar");
  CAF_CHECK(failed["pid"].is_number_integer());
  CAF_CHECK_EQUAL(failed["exit_code"], -SIGSEGV);
  CAF_CHECK_EQUAL(failed["signal"], "SIGSEGV");
  CAF_CHECK(failed["core_dumped"].is_boolean());
  CAF_CHECK_EQUAL(failed["reaction"], "stop");
  auto last = robot.events().back();
  CAF_CHECK_EQUAL(last["event"], "Application is exiting");
  CAF_CHECK_EQUAL(last["level"], "error");
  CAF_CHECK_EQUAL(last["exit_code"], 1);
  CAF_CHECK_EQUAL(robot.count("Process exited normally"), 0u);
}

CAF_TEST(a child that ends well may stop the robot with 0) {
  program robot{
    arguments("run", shell("camera", sleeper)
                       + shell("lidar", "exit 0", "on-success = \"stop\""))};
  CAF_CHECK_EQUAL(robot.wait(), 0);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a child that exits with the code stops the robot in an emergency) {
  program robot{arguments("run", shell("camera", sleeper)
                                   + shell("battery", "sleep 0.2; exit 255"))};
  CAF_CHECK_EQUAL(robot.wait(), 255);
  auto event = robot.wait_for_event("Received emergency stop");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["level"], "critical");
  CAF_CHECK_EQUAL(event["process"], "battery");
  auto is_start = [](const program::json& x) {
    return x["event"] == "Process started" && x["process"] == "battery";
  };
  auto start = std::find_if(robot.events().begin(), robot.events().end(),
                            is_start);
  CAF_REQUIRE(start != robot.events().end());
  CAF_CHECK_EQUAL(event["pid"], (*start)["pid"]);
  CAF_CHECK_EQUAL(event["exit_code"], 255);
  CAF_CHECK(event["signal_latency_us"].is_number_integer());
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a failure that stops the robot in an emergency names its process) {
  program robot{arguments("run", shell("camera", sleeper)
                                   + shell("battery", "sleep 0.2; exit 3",
                                           "on-failure = \"emergency-stop\""))};
  CAF_CHECK_EQUAL(robot.wait(), 255);
  auto event = robot.wait_for_event("Received emergency stop");
  CAF_REQUIRE(!event.is_null());
  CAF_CHECK_EQUAL(event["process"], "battery");
  auto failed = robot.wait_for_event("Process failed");
  CAF_CHECK(failed["pid"].is_number_integer());
  CAF_CHECK_EQUAL(event["pid"], failed["pid"]);
  CAF_CHECK_EQUAL(event["exit_code"], 3);
}

CAF_TEST(orphans are reaped while their maker lives) {
  program robot{arguments("run", shell("camera", forgetful))};
  CAF_REQUIRE(!robot.wait_for_event("made").is_null());
  CAF_CHECK(wait_until_reaped(robot, 2));
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
}

CAF_TEST(the robot of an ordinary user reaps orphans) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("only root can become another user");
    return;
  }
  auto line = arguments("run", shell("camera", forgetful));
  line.insert(line.begin(),
              {"--reuid=1000", "--regid=1000", "--clear-groups", RR_PROGRAM});
  CAF_REQUIRE_EQUAL(::chown(folder.path().c_str(), 1000, 1000), 0);
  program robot{line, {"HOME=" + folder.path().string()}, "/usr/bin/setpriv"};
  CAF_REQUIRE(!robot.wait_for_event("made").is_null());
  // The third one is process 1 of the child's namespace, where it may have one.
  CAF_CHECK(wait_until_reaped(robot, 3));
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
}

CAF_TEST(process 1 of a namespace reaps orphans) {
  if (::geteuid() != 0) {
    CAF_MESSAGE("only root can make a namespace");
    return;
  }
  auto line = arguments("run", shell("camera", forgetful));
  line.insert(line.begin(), {"--pid", "--fork", "--mount-proc",
                             "--kill-child=SIGTERM", RR_PROGRAM});
  program robot{line, {}, "/usr/bin/unshare"};
  CAF_REQUIRE(!robot.wait_for_event("made").is_null());
  CAF_CHECK(wait_until_reaped(robot, 3));
  robot.signal(SIGKILL);
  robot.wait();
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(what a program has started that executes the robot is reaped) {
  auto line = arguments("run", shell("camera", sleeper));
  auto script = std::string{"sleep 0.2 & exec \"$0\" \"$@\""};
  line.insert(line.begin(), {"-c", script, RR_PROGRAM});
  program robot{line, {}, "/bin/bash"};
  CAF_REQUIRE(!robot.wait_for_event("Process started").is_null());
  CAF_CHECK(wait_until_reaped(robot, 2));
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
}

CAF_TEST(the last words of a child come before the last event) {
  for (auto i = 0; i < 5; ++i) {
    program robot{arguments("run", shell("camera", "echo last words; exit 0",
                                         "on-success = \"stop\""))};
    CAF_CHECK_EQUAL(robot.wait(), 0);
    CAF_CHECK_EQUAL(robot.count("last words"), 1u);
    CAF_CHECK_EQUAL(robot.events().back()["event"], "Application is exiting");
  }
}

CAF_TEST(the emergency stop code is configurable) {
  program robot{arguments("run", shell("battery", "exit 42"),
                          {"--emergency-stop.exit-code=42"})};
  CAF_CHECK_EQUAL(robot.wait(), 42);
}

CAF_TEST(an emergency stop that a child raises in an orderly stop counts) {
  program robot{
    arguments("run", shell("battery", "trap 'exit 255' TERM; echo ready; "
                                      "while :; do sleep 0.01; done"))};
  CAF_REQUIRE(!robot.wait_for_event("ready").is_null());
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 255);
  CAF_CHECK_EQUAL(robot.count("Received emergency stop"), 1u);
}

CAF_TEST(a child that ignores the terminate signal is killed) {
  program robot{arguments("run", shell("camera",
                                       "trap '' TERM; echo deaf; "
                                       "while :; do sleep 1000; done",
                                       "terminate-timeout = 100ms"))};
  CAF_REQUIRE(!robot.wait_for_event("deaf").is_null());
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
  CAF_CHECK_EQUAL(robot.count("Killed process"), 1u);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(an emergency stop kills what ignores the terminate signal) {
  program robot{arguments("run", shell("camera",
                                       "trap '' TERM; echo ready; "
                                       "while :; do sleep 1000; done",
                                       "terminate-timeout = 600s")
                                   + shell("battery", "sleep 0.5; exit 255"))};
  CAF_CHECK_EQUAL(robot.wait(), 255);
  CAF_CHECK_EQUAL(robot.count("Killed process"), 1u);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a second signal kills what is left and exits with 1) {
  program robot{arguments("run", shell("camera",
                                       "trap '' TERM; echo ready; "
                                       "while :; do sleep 1000; done",
                                       "terminate-timeout = 600s"))};
  CAF_REQUIRE(!robot.wait_for_event("ready").is_null());
  robot.signal(SIGTERM);
  robot.signal(SIGINT);
  CAF_CHECK_EQUAL(robot.wait(), 1);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a daemon that a child leaves behind does not outlive it) {
  auto flag = path("pid");
  program robot{
    arguments("run", shell("camera", "(setsid sh -c 'echo $$ > " + flag
                                       + "; exec sleep 1000' &) ; while ! [ -s "
                                       + flag + " ]; do sleep 0.01; done"))};
  CAF_REQUIRE(!robot.wait_for_event("Process exited normally").is_null());
  pid_t daemon = 0;
  std::ifstream{flag} >> daemon;
  CAF_REQUIRE(daemon > 0);
  auto left = robot.processes();
  CAF_CHECK(std::find(left.begin(), left.end(), daemon) == left.end());
  robot.signal(SIGTERM);
  CAF_CHECK_EQUAL(robot.wait(), 0);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(nothing outlives a runtime that is killed) {
  program robot{
    arguments("run", shell("camera", "(setsid sleep 1000 &); "
                                     "echo ready; exec sleep 1000"))};
  CAF_REQUIRE(!robot.wait_for_event("ready").is_null());
  robot.signal(SIGKILL);
  CAF_CHECK_EQUAL(robot.wait(), -SIGKILL);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(output that nobody reads does not delay an emergency stop) {
  auto trigger = path("trigger");
  program robot{
    arguments("run", shell("chatter", "while :; do echo "
                                      "xxxxxxxxxxxxxxxxxxxxxxxxxxx;"
                                      " done")
                       + shell("battery", "mkfifo " + trigger + "; cat "
                                            + trigger + "; exit 255"))};
  CAF_REQUIRE(!robot.wait_for_event("xxxxxxxxxxxxxxxxxxxxxxxxxxx").is_null());
  while (!std::filesystem::exists(trigger))
    std::this_thread::yield();
  robot.stop_reading();
  auto before = std::chrono::steady_clock::now();
  std::ofstream{trigger} << "now\n";
  CAF_CHECK_EQUAL(robot.wait(), 255);
  // For ever, would it wait for a reader.
  CAF_CHECK(std::chrono::steady_clock::now() - before < 15s);
  CAF_CHECK(robot.wait_until_nothing_is_left());
}

CAF_TEST(a closed pipe is no reason to stop) {
  program robot{arguments("run", shell("camera", "sleep 0.3; exit 255"))};
  robot.close_output();
  CAF_CHECK_EQUAL(robot.wait(), 255);
}

CAF_TEST(a second runtime in the same directory is refused) {
  program first{arguments("run", "")};
  CAF_REQUIRE(!first.wait_for_event("Log publisher configured").is_null());
  program second{arguments("run", "")};
  CAF_CHECK_EQUAL(second.wait(), 1);
  CAF_CHECK(second.errors().find(path("run")) != std::string::npos);
  first.signal(SIGTERM);
  CAF_CHECK_EQUAL(first.wait(), 0);
}

CAF_TEST(a bad configuration is refused with every problem) {
  auto bad = std::string{"[log]\nlevle = \"info\"\n[health]\ninterval = 0s\n"};
  program run{arguments("run", bad)};
  CAF_CHECK_EQUAL(run.wait(), 2);
  program check{arguments("check", bad)};
  CAF_CHECK_EQUAL(check.wait(), 2);
  CAF_CHECK_EQUAL(run.errors(), check.errors());
  CAF_CHECK(check.errors().find("robot.ini:2: [log] levle: ")
            != std::string::npos);
  CAF_CHECK(check.errors().find("robot.ini:4: [health] interval: ")
            != std::string::npos);
  CAF_CHECK(check.events().empty());
}

CAF_TEST(a good configuration is told in one line) {
  program check{arguments("check", shell("camera", sleeper))};
  CAF_CHECK_EQUAL(check.wait(), 0);
  CAF_CHECK_EQUAL(check.faults(), "");
  CAF_CHECK_EQUAL(check.output(), path("robot.ini")
                                    + ": 1 process, 0 types of devices, 0 "
                                      "named devices\n");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace run_suite
