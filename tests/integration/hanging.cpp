// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE hanging

#include <csignal>
#include <thread>

#include <unistd.h>

#include "app/runtime/program_end.hpp"
#include "bridges/buffer/memory_segment.hpp"
#include "bridges/buffer/robot_state.hpp"
#include "bridges/system/signal_listener.hpp"
#include "tests/integration/program.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace hanging_suite {
namespace {

/// A pipe without room is what standard output and standard error both are.
constexpr auto into_a_full_pipe = R"(mkfifo "$1"
exec 3<>"$1"
head -c 65536 /dev/zero >&3
shift
exec "$@" >&3 2>&3)";

struct fixture {
  using clock = std::chrono::steady_clock;

  static inline int count = 0;

  temporary_folder folder;
  std::string prefix = "t" + std::to_string(::getpid()) + "-hang-"
                       + std::to_string(++count);
  clock::time_point signalled;

  ~fixture() {
    // A runtime that is forced to end leaves it.
    remove_segment(robot_state_name(prefix));
  }

  std::vector<std::string> arguments(const std::string& what,
                                     const std::string& stop_timeout) {
    auto catalog = folder.write("catalog.yaml", "motor:\n  device_id: 13\n"
                                                "  params:\n    - {name: "
                                                "power, type: float}\n");
    return {what,
            folder.file("hanging"),
            "--application.runtime-directory=" + folder.file("run"),
            "--application.state-directory=" + folder.file("state"),
            "--application.stop-timeout=" + stop_timeout,
            "--device.catalog=" + catalog,
            "--device.prefix=" + prefix};
  }

  program start(const std::string& what, const std::string& stop_timeout) {
    return program{arguments(what, stop_timeout), {}, RR_TEST_HANGING_ROBOT};
  }

  program start_into_a_full_pipe(const std::string& what) {
    std::vector<std::string> words{"-c", into_a_full_pipe, "sh",
                                   folder.file("pipe"), RR_TEST_HANGING_ROBOT};
    for (auto& word : arguments(what, "300ms"))
      words.push_back(word);
    return program{words, {}, "/bin/sh"};
  }

  void stop(program& robot) {
    signalled = clock::now();
    robot.signal(SIGTERM);
  }

  bool is_latched() const {
    return ::access(folder.file("state/latch.json").c_str(), F_OK) == 0;
  }

  clock::duration took() const {
    return clock::now() - signalled;
  }

  /// Waits until it hangs, or will when it is told to end.
  void wait_until_it_hangs() {
    auto deadline = clock::now() + program::patience;
    auto hangs = [&] {
      return ::access(folder.file("hanging").c_str(), F_OK) == 0;
    };
    while (!hangs() && clock::now() < deadline)
      std::this_thread::sleep_for(10ms);
    CAF_REQUIRE(hangs());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(hanging_tests, fixture)

CAF_TEST(an orderly stop waits for an actor that hangs only so long) {
  auto robot = start("actor", "700ms");
  CAF_REQUIRE(!robot.wait_for_event("hanging").is_null());
  stop(robot);
  CAF_CHECK_EQUAL(robot.wait(), 1);
  CAF_CHECK(took() >= 700ms);
  CAF_CHECK(took() < 5s);
  auto named = robot.wait_for_event("Unhandled error");
  CAF_REQUIRE(!named.is_null());
  CAF_CHECK_EQUAL(named["actor"], "hanging");
  auto last = robot.events().back();
  CAF_CHECK_EQUAL(last["event"], "Application is exiting");
  CAF_CHECK_EQUAL(last["level"], "error");
  CAF_CHECK_EQUAL(last["exit_code"], 1);
  CAF_CHECK_EQUAL(last["reason"], "SIGTERM");
}

CAF_TEST(a stop does not depend on the root actor) {
  auto robot = start("root", "300ms");
  CAF_REQUIRE(!robot.wait_for_event("hanging").is_null());
  stop(robot);
  CAF_CHECK_EQUAL(robot.wait(), 1);
  CAF_CHECK(took() < 6s);
  auto named = robot.wait_for_event("Unhandled error");
  CAF_REQUIRE(!named.is_null());
  CAF_CHECK_EQUAL(named["actor"], "application");
}

CAF_TEST(an emergency stop during an orderly one is told by the exit code) {
  auto robot = start("emergency", "600s");
  CAF_REQUIRE(!robot.wait_for_event("hanging").is_null());
  stop(robot);
  CAF_CHECK_EQUAL(robot.wait(), 255);
  CAF_CHECK(took() < 6s);
  CAF_CHECK_EQUAL(robot.count("Received emergency stop"), 1u);
  CAF_CHECK_EQUAL(robot.count("Unhandled error"), 1u);
  CAF_CHECK_EQUAL(robot.count("Emergency stop latched"), 1u);
  CAF_CHECK(is_latched());
}

// ThreadSanitizer calls the handler of a signal when its thread next calls what
// it knows to wait, which one that writes, or pauses, never does.
#ifndef __SANITIZE_THREAD__

CAF_TEST(nothing that ends a runtime waits for a reader) {
  for (auto [what, code] :
       {std::pair{"actor", 1}, {"root", 1}, {"emergency", 255}}) {
    CAF_MESSAGE("hangs: " << what);
    fixture fresh;
    auto robot = fresh.start_into_a_full_pipe(what);
    fresh.wait_until_it_hangs();
    fresh.stop(robot);
    CAF_CHECK_EQUAL(robot.wait(), code);
    CAF_CHECK(fresh.took() < 8s);
    CAF_CHECK_EQUAL(fresh.is_latched(), code == 255);
  }
}

CAF_TEST(the time of the end is not lost to whoever listens to signals) {
  for (auto round = 0; round < 30; ++round) {
    forked hanging{[] {
      if (block_stop_signals())
        return 1;
      auto listener = signal_listener::make([](int) {});
      end_within(5ms, 7);
      for (;;)
        ::pause();
      return 2;
    }};
    CAF_CHECK_EQUAL(hanging.join(), 7);
  }
}

#endif

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace hanging_suite
