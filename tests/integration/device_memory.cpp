// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_memory

#include "tests/integration/device_memory_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include <sys/ptrace.h>
#include <sys/wait.h>

using namespace rr;
using namespace rr::test;

namespace device_memory_suite {
namespace {

/// Tells what it may do the moment that it is told to end.
constexpr auto witness = R"([process.witness]
command = ["/bin/sh", "-c", "trap '$0 buffers show left --format=json; exit 0' TERM; echo ready; while :; do sleep 0.02; done", ")" RR_PROGRAM
                         R"("]
terminate-timeout = 20s
[emergency-stop]
terminate-timeout = 20s
latch = false
)";

struct fixture : device_memory_fixture {
  /// With a child that tells what it sees when it is told to end.
  std::unique_ptr<program> start_with_witness() {
    extra = witness;
    auto robot = start();
    CAF_REQUIRE(!robot->wait_for_event("ready").is_null());
    return robot;
  }

  /// What the witness saw.
  static program::json seen_by_witness(program& robot) {
    robot.wait();
    for (const auto& each : robot.events()) {
      auto text = each["event"].get<std::string>();
      if (text.starts_with("{"))
        return program::json::parse(text, nullptr, false);
    }
    return nullptr;
  }
};

/// A thread of a process by its name; 0 when there is none.
pid_t thread_of(pid_t process, const std::string& name) {
  auto tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& entry : std::filesystem::directory_iterator{tasks}) {
    std::ifstream file{entry.path() / "comm"};
    std::string found;
    if (std::getline(file, found) && found == name)
      return std::atoi(entry.path().filename().c_str());
  }
  return 0;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_memory_tests, fixture)

CAF_TEST(private buffers are not to be seen) {
  CAF_CHECK(contains(failure_of({"buffers", "list", "--device.shared=false"}),
                     "private buffers"));
}

CAF_TEST(check and run tell the same of a bad catalog) {
  extra = "[log]\nlevel = \"info\"\n";
  auto bad = folder.write("bad.yaml", "motor:\n  device_id: 99999\n"
                                      "  params:\n    - {name: x}\n");
  auto option = "--device.catalog=" + bad;
  auto checked = tool({"check", option});
  CAF_CHECK_EQUAL(checked.exit_code, 2);
  CAF_CHECK_EQUAL(checked.faults,
                  bad + ":2: [motor] device_id: is 99999, expected 0 to 65535\n"
                    + bad + ":4: [motor] x: type is missing\n");
  auto run = tool({"run", option});
  CAF_CHECK_EQUAL(run.exit_code, 2);
  CAF_CHECK_EQUAL(run.errors, checked.errors);
  auto good = tool({"check"});
  CAF_CHECK_EQUAL(good.exit_code, 0);
  CAF_CHECK_EQUAL(good.faults, "");
  CAF_CHECK(contains(good.errors,
                     "catalog.yaml: 1 writeable parameter has no safe value"));
  auto verbose = tool({"check", "--verbose"});
  CAF_CHECK_EQUAL(verbose.exit_code, 0);
  CAF_CHECK_EQUAL(verbose.faults, "");
  CAF_CHECK(contains(verbose.errors, "[motor] pulse: has no safe value"));
}

CAF_TEST(the runtime enables the robot and lists its devices) {
  auto robot = start_with_witness();
  auto state = robot_state::open(prefix);
  CAF_REQUIRE(state);
  CAF_CHECK((*state)->enabled());
  CAF_CHECK_EQUAL((*state)->read().owner, robot->pid());
  CAF_CHECK_EQUAL(result_of({"call", "list_uids"}), program::json::array());
  auto motor = make_motor();
  auto gamepad = shared_buffer::create({prefix, {"gamepad", {}}},
                                       *types.find("gamepad"));
  CAF_CHECK(gamepad);
  CAF_CHECK_EQUAL(result_of({"call", "list_uids"}),
                  program::json::array({uid}));
  CAF_CHECK(motor->write("power", -0.5));
  CAF_CHECK_EQUAL(read(motor->requested("power", **state)), -0.5);
  robot->signal(SIGTERM);
  // An orderly stop leaves it to the children how they end.
  auto seen = seen_by_witness(*robot);
  CAF_CHECK_EQUAL(seen["requested"]["power"], -0.5);
  CAF_CHECK(!motor->valid());
  CAF_CHECK(list_buffers(prefix).empty());
  CAF_CHECK(!(*state)->enabled());
  CAF_CHECK(!robot_state::open(prefix));
}

CAF_TEST(in an emergency nobody is told before requests are safe) {
  auto robot = start_with_witness();
  auto motor = make_motor();
  auto state = robot_state::open(prefix);
  CAF_REQUIRE(state);
  CAF_CHECK(motor->write("power", -0.5));
  CAF_CHECK(motor->write("pulse", 1500));
  CAF_CHECK_EQUAL(read(motor->requested("power", **state)), -0.5);
  CAF_CHECK_EQUAL(tool({"estop", "--reason=smoke"}).exit_code, 0);
  auto seen = seen_by_witness(*robot);
  CAF_CHECK_EQUAL(seen["requested"],
                  (program::json{{"power", 0.25}, {"pulse", nullptr}}));
  CAF_CHECK(contains((*state)->read().reason, "emergency stop by smoke"));
  // A device that outlives the runtime goes on to be safe.
  CAF_CHECK(!motor->valid());
  CAF_CHECK_EQUAL(read(motor->requested("power", **state)), 0.25);
  CAF_CHECK(motor->requested("pulse", **state).error() == ec::robot_disabled);
}

CAF_TEST(a runtime that hangs and is forced to end disables the robot) {
  program robot{arguments({}), {}, RR_TEST_HANGING_ROBOT};
  CAF_REQUIRE(!robot.wait_for_event("hanging").is_null());
  auto state = robot_state::open(prefix);
  CAF_REQUIRE(state);
  CAF_CHECK((*state)->enabled());
  robot.signal(SIGTERM);
  robot.signal(SIGINT);
  CAF_CHECK_EQUAL(robot.wait(), 1);
  CAF_CHECK(contains(robot.errors(), "an actor hangs"));
  // Not the silence of its heartbeat, which is seen a second later.
  CAF_CHECK_EQUAL((*state)->read().reason,
                  "the stop was forced by a second signal");
}

CAF_TEST(a runtime whose root hangs does not keep the robot enabled) {
  program robot{arguments({}), {"RR_TEST_HANGS=root"}, RR_TEST_HANGING_ROBOT};
  CAF_REQUIRE(!robot.wait_for_event("hanging").is_null());
  auto state = robot_state::open(prefix);
  CAF_REQUIRE(state);
  CAF_CHECK(eventually([&] { return !(*state)->enabled(); }));
  CAF_CHECK(contains((*state)->read().reason, "no sign of life"));
}

CAF_TEST(a runtime whose children nobody watches disables the robot) {
  auto robot = start();
  wait_for();
  auto state = robot_state::open(prefix);
  CAF_REQUIRE(state);
  for (auto name : {"rr-sentry", "rr-children"}) {
    CAF_MESSAGE(name);
    auto thread = thread_of(robot->pid(), name);
    CAF_REQUIRE_NOT_EQUAL(thread, 0);
    CAF_CHECK(eventually([&] { return (*state)->enabled(); }));
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) {
      CAF_MESSAGE("a thread cannot be stopped here");
      break;
    }
    CAF_CHECK_EQUAL(::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr), 0);
    CAF_CHECK_EQUAL(::waitpid(thread, nullptr, __WALL), thread);
    CAF_CHECK(eventually([&] { return !(*state)->enabled(); }));
    CAF_CHECK(contains((*state)->read().reason, "no sign of life"));
    CAF_CHECK_EQUAL(::ptrace(PTRACE_DETACH, thread, nullptr, nullptr), 0);
    CAF_CHECK(eventually([&] { return (*state)->enabled(); }));
  }
  robot->signal(SIGTERM);
  CAF_CHECK_EQUAL(robot->wait(), 0);
}

CAF_TEST(what a killed runtime left is removed by the next) {
  auto rounds = std::getenv("RR_TEST_STRESS") ? 1000 : 3;
  for (auto round = 0; round < rounds; ++round) {
    auto robot = start();
    wait_for();
    auto motor = make_motor();
    robot->signal(SIGKILL);
    robot->wait();
    CAF_CHECK_EQUAL(list_buffers(prefix).size(), 1u);
    auto next = start();
    wait_for();
    CAF_CHECK(!motor->valid());
    CAF_CHECK(list_buffers(prefix).empty());
    next->signal(SIGTERM);
    CAF_CHECK_EQUAL(next->wait(), 0);
    CAF_CHECK(next->count("Removed buffers of a dead runtime") == 1);
  }
}

CAF_TEST(a second runtime of the same prefix is refused and harms nothing) {
  auto robot = start();
  wait_for();
  auto motor = make_motor();
  auto second = start("run-2");
  CAF_CHECK_EQUAL(second->wait(), 1);
  CAF_CHECK(contains(second->errors(), "another runtime"));
  CAF_CHECK(contains(second->errors(), std::to_string(robot->pid())));
  CAF_CHECK(motor->valid());
  CAF_CHECK_EQUAL(list_buffers(prefix).size(), 1u);
  robot->signal(SIGTERM);
  CAF_CHECK_EQUAL(robot->wait(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace device_memory_suite
