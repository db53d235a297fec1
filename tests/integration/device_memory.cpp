// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_memory

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridges/buffer/buffer_directory.hpp"
#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/catalog/catalog_file.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace {

constexpr auto catalog_text = R"(
motor:
  device_id: 13
  params:
    - {name: power, type: float, writeable: true, lower: -1, upper: 1, safe: 0.25}
    - {name: speed, type: float}
    - {name: pulse, type: uint16, writeable: true}
    - {name: label, type: 'char[8]'}
gamepad:
  params:
    - {name: button_a, type: bool}
)";

/// Tells what it may do the moment that it is told to end.
constexpr auto witness = R"([process.witness]
command = ["/bin/sh", "-c", "trap '$0 buffers show left --format=json; exit 0' TERM; echo ready; while :; do sleep 0.02; done", ")" RR_PROGRAM
                         R"("]
terminate-timeout = 20s
[emergency-stop]
terminate-timeout = 20s
latch = false
)";

struct fixture {
  static inline int count = 0;

  temporary_folder folder;
  std::string prefix = "t" + std::to_string(::getpid()) + "-run-"
                       + std::to_string(++count);
  catalog types = read_catalog(catalog_text).value;
  device_uid left{13, 1, 99};
  std::string uid = to_string(left);
  std::string extra;

  ~fixture() {
    remove_buffers(prefix);
    // What a runtime leaves that was killed, or forced to end.
    remove_segment(robot_state_name(prefix));
  }

  /// Written once for each `extra`: a runtime may be about to read it.
  std::string configuration() {
    auto name = "robot-" + std::to_string(extra.size()) + ".ini";
    if (std::filesystem::exists(folder.file(name)))
      return folder.file(name);
    return folder.write(
      name, "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\"]\n"
            "[device]\ncatalog = \""
              + folder.write("catalog.yaml", catalog_text) + "\"\nprefix = \""
              + prefix + "\"\nnames = { left = \"" + uid + "\" }\n" + extra);
  }

  std::vector<std::string> arguments(std::vector<std::string> words,
                                     const std::string& runtime = "run") {
    words.push_back("--config-file=" + configuration());
    words.push_back("--application.runtime-directory=" + folder.file(runtime));
    words.push_back("--application.state-directory=" + folder.file("state"));
    return words;
  }

  std::unique_ptr<program> start(const std::string& runtime = "run") {
    return std::make_unique<program>(arguments({"run"}, runtime));
  }

  /// With a child that tells what it sees when it is told to end.
  std::unique_ptr<program> start_with_witness() {
    extra = witness;
    auto robot = start();
    CAF_REQUIRE(!robot->wait_for_event("ready").is_null());
    return robot;
  }

  /// Waits until the runtime answers calls.
  void wait_for(const std::string& runtime = "run") {
    for (auto tries = 0; tries < 100; ++tries)
      if (program{arguments({"call", "ping", "--timeout=5s"}, runtime)}.wait()
          == 0)
        return;
    CAF_FAIL("the runtime does not answer");
  }

  struct outcome {
    int exit_code;
    std::string output;
    /// Without warnings.
    std::string faults;
    std::string errors;
  };

  outcome tool(std::vector<std::string> words) {
    program result{arguments(std::move(words))};
    auto exit_code = result.wait();
    return {exit_code, result.output(), result.faults(), result.errors()};
  }

  /// What a command prints, as JSON; it must succeed.
  program::json result_of(std::vector<std::string> words) {
    auto done = tool(std::move(words));
    CAF_CHECK_EQUAL(done.exit_code, 0);
    CAF_CHECK_EQUAL(done.errors, "");
    return program::json::parse(done.output, nullptr, false);
  }

  /// What a command says when it fails at run time, in one line.
  std::string failure_of(std::vector<std::string> words) {
    auto done = tool(std::move(words));
    CAF_CHECK_EQUAL(done.exit_code, 1);
    CAF_CHECK_EQUAL(done.output, "");
    CAF_CHECK_EQUAL(std::count(done.errors.begin(), done.errors.end(), '\n'),
                    1);
    return done.errors;
  }

  shared_buffer::pointer make_motor() {
    auto result = shared_buffer::create({prefix, {"motor", left}},
                                        *types.find("motor"));
    CAF_REQUIRE(result);
    return *result;
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

/// Of what no event tells.
template <class Condition>
bool wait_until(Condition what) {
  auto deadline = std::chrono::steady_clock::now() + program::patience;
  while (!what() && std::chrono::steady_clock::now() < deadline)
    ::usleep(1000);
  return what();
}

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

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What was read, or the error's text.
json read(const caf::expected<device_value>& result) {
  return result ? *result : json(describe(result.error()));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_memory_tests, fixture)

CAF_TEST(buffers are listed and shown and changed without a runtime) {
  CAF_CHECK_EQUAL(result_of({"buffers", "list", "--format=json"}),
                  program::json::array());
  auto motor = make_motor();
  CAF_CHECK_EQUAL(result_of({"buffers", "list", "--format=json"}),
                  program::json::array({{{"type", "motor"},
                                         {"uid", uid},
                                         {"valid", true},
                                         {"connected", false}}}));
  CAF_CHECK_EQUAL(tool({"buffers", "set", "left", "speed", "2.5"}).exit_code,
                  0);
  CAF_CHECK_EQUAL(tool({"buffers", "set", uid, "label", "ahead"}).exit_code, 0);
  CAF_CHECK_EQUAL(
    tool({"buffers", "write", to_hex(left), "power", "-0.5"}).exit_code, 0);
  CAF_CHECK_EQUAL(read(motor->get("speed")), 2.5);
  auto shown = result_of({"buffers", "show", "motor:" + uid, "--format=json"});
  CAF_CHECK_EQUAL(shown["type"], "motor");
  CAF_CHECK_EQUAL(shown["uid"], uid);
  CAF_CHECK_EQUAL(shown["valid"], true);
  CAF_CHECK_EQUAL(shown["connected"], false);
  CAF_CHECK(shown["last_update"].is_number());
  CAF_CHECK_EQUAL(shown["params"]["speed"], 2.5);
  CAF_CHECK_EQUAL(shown["params"]["label"], "ahead");
  // No runtime, so the robot is disabled.
  CAF_CHECK_EQUAL(shown["requested"],
                  (program::json{{"power", 0.25}, {"pulse", nullptr}}));
  auto pretty = tool({"buffers", "show", "left"});
  CAF_CHECK(contains(pretty.output, "motor " + uid + ", valid, not connected"));
  CAF_CHECK(contains(pretty.output, "  speed = 2.5\n"));
  CAF_CHECK(contains(pretty.output, "  power <- 0.25\n"));
}

CAF_TEST(a buffer that is marked invalid is shown all the same) {
  auto motor = make_motor();
  CAF_CHECK(motor->set("speed", 1.5));
  motor->set_valid(false);
  auto shown = result_of({"buffers", "show", "left", "--format=json"});
  CAF_CHECK_EQUAL(shown["valid"], false);
  CAF_CHECK_EQUAL(shown["params"]["speed"], 1.5);
  CAF_CHECK(
    contains(failure_of({"buffers", "set", "left", "speed", "1"}), "speed"));
}

CAF_TEST(what goes wrong with a buffer is one line) {
  CAF_CHECK(contains(failure_of({"buffers", "show", "left"}),
                     "no buffer of left is there under the prefix " + prefix));
  CAF_CHECK(contains(failure_of({"buffers", "show", "gamepad:0"}),
                     prefix + "-gamepad-0"));
  CAF_CHECK(contains(failure_of({"buffers", "show", "right"}),
                     "right is no device: expected"));
  auto motor = make_motor();
  auto fault = [this](std::string verb, std::string name, std::string value) {
    return failure_of({"buffers", verb, "left", name, value});
  };
  CAF_CHECK(contains(fault("set", "torque", "1"), "torque"));
  CAF_CHECK(contains(fault("write", "speed", "1"), "speed"));
  CAF_CHECK(contains(fault("set", "speed", "fast"),
                     "speed: expected a number, got \"fast\""));
  CAF_CHECK(contains(fault("set", "speed", "NaN"), "speed"));
  CAF_CHECK(contains(fault("set", "label", "\"much too long\""), "label"));
  CAF_CHECK_EQUAL(read(motor->get("speed")), 0.0);
}

CAF_TEST(a number out of range is clamped and warned of) {
  auto motor = make_motor();
  auto done = tool({"buffers", "write", "left", "power", "7"});
  CAF_CHECK_EQUAL(done.exit_code, 0);
  CAF_CHECK_EQUAL(done.errors,
                  "warning: power: 7 is out of range and was clamped\n");
  auto requests = motor->snapshot(buffer_block::write);
  CAF_REQUIRE(requests);
  auto values = requests->values();
  CAF_CHECK_EQUAL(values["power"], 1.0);
}

CAF_TEST(a request of the command line holds until it is replaced) {
  auto motor = make_motor();
  // Commands take their time.
  auto robot = robot_state::own(prefix, robot_state::max_patience);
  CAF_REQUIRE(robot);
  (*robot)->enable();
  auto write = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"buffers", "write", "left", "power"});
    CAF_CHECK_EQUAL(tool(words).exit_code, 0);
  };
  auto power = [&] { return read(motor->requested("power", **robot)); };
  write({"-0.5"});
  CAF_CHECK_EQUAL(power(), -0.5);
  auto shown = result_of({"buffers", "show", "left", "--format=json"});
  CAF_CHECK_EQUAL(shown["requested"]["power"], -0.5);
  write({"0.5", "--for=1h"});
  CAF_CHECK_EQUAL(power(), 0.5);
  write({"0.75", "--for=50ms"});
  for (int i = 0; i < 5000 && power() != 0.25; ++i)
    ::usleep(1000);
  CAF_CHECK_EQUAL(power(), 0.25);
  write({"-0.5"});
  (*robot)->disable("smoke");
  CAF_CHECK_EQUAL(power(), 0.25);
}

CAF_TEST(bad usage of buffers is exit code 2) {
  using words = std::vector<std::string>;
  for (const auto& each :
       {words{"buffers"}, words{"buffers", "look"}, words{"buffers", "show"},
        words{"buffers", "list", "left"}, words{"buffers", "set", "left", "a"},
        words{"buffers", "list", "--format=xml"},
        words{"buffers", "show", "left", "--for=1s"},
        words{"buffers", "set", "left", "speed", "1", "--for=1s"},
        words{"buffers", "write", "left", "power", "1", "--for=0s"},
        words{"buffers", "write", "left", "power", "1", "--for=soon"}})
    CAF_CHECK_EQUAL(tool(each).exit_code, 2);
  auto help = tool({"buffers", "--help"});
  CAF_CHECK_EQUAL(help.exit_code, 0);
  CAF_CHECK(contains(help.output, "TYPE:NUMBER"));
}

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
  CAF_CHECK(wait_until([&] { return !(*state)->enabled(); }));
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
    CAF_CHECK(wait_until([&] { return (*state)->enabled(); }));
    if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) {
      CAF_MESSAGE("a thread cannot be stopped here");
      break;
    }
    CAF_CHECK_EQUAL(::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr), 0);
    CAF_CHECK_EQUAL(::waitpid(thread, nullptr, __WALL), thread);
    CAF_CHECK(wait_until([&] { return !(*state)->enabled(); }));
    CAF_CHECK(contains((*state)->read().reason, "no sign of life"));
    CAF_CHECK_EQUAL(::ptrace(PTRACE_DETACH, thread, nullptr, nullptr), 0);
    CAF_CHECK(wait_until([&] { return (*state)->enabled(); }));
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
