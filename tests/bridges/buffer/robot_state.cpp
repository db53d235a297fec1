// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE robot_state

#include "bridges/buffer/robot_state.hpp"

#include <caf/test/dsl.hpp>

#include <signal.h>

#include <cstring>
#include <thread>

#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/system/recent_time.hpp"
#include "messages/error.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/counted_memory.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/forked.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace robot_state_suite {
namespace {

robot_state* in_handler = nullptr;

struct fixture : buffer_fixture {
  std::string name = robot_state_name(prefix);

  /// What a motor is to do: requested anew until it counts.
  static bool follows(robot_state& robot, shared_buffer& motor, double power) {
    return eventually([&] {
      robot.beat();
      motor.write("duty_cycle", power);
      auto seen = motor.requested("duty_cycle", robot);
      return seen && *seen == power;
    });
  }

  bool exists() const {
    return !list_segments(name).empty();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(robot_state_tests, fixture)

CAF_TEST(a robot is disabled until it is enabled) {
  auto mine = unbox(robot_state::own(prefix));
  auto seen = unbox(robot_state::open(prefix));
  CAF_CHECK(!seen->enabled());
  CAF_CHECK_EQUAL(seen->read().reason, "not enabled yet");
  mine->enable();
  CAF_CHECK(seen->enabled());
  auto report = seen->read();
  CAF_CHECK_EQUAL(report.reason, "");
  CAF_CHECK_EQUAL(report.owner, ::getpid());
  CAF_CHECK(report.since_heartbeat < 10s);
}

CAF_TEST(of several causes the first one stands) {
  auto mine = unbox(robot_state::own(prefix));
  mine->enable();
  auto seen = unbox(robot_state::open(prefix));
  seen->disable("smoke");
  CAF_CHECK(!mine->enabled());
  mine->disable("battery");
  CAF_CHECK_EQUAL(mine->read().reason, "smoke");
  mine->enable();
  mine->disable(std::string(1000, 'x'));
  CAF_CHECK_EQUAL(seen->read().reason, std::string(255, 'x'));
}

CAF_TEST(a runtime that gives no sign of life disables its robot) {
  auto mine = unbox(robot_state::own(prefix, 20ms));
  mine->enable();
  CAF_CHECK(eventually([&] { return !mine->enabled(); }));
  auto text = mine->read().reason;
  CAF_CHECK_EQUAL(text.find("the runtime has given no sign of life for "), 0u);
  CAF_CHECK(eventually([&] {
    mine->beat();
    return mine->enabled();
  }));
}

CAF_TEST(whatever a stranger has written is no sign of life) {
  auto mine = unbox(robot_state::own(prefix));
  mine->enable();
  auto object = unbox(memory_segment::open(name));
  auto& written
    = *reinterpret_cast<layout::robot_state*>(object.bytes().data());
  for (auto heartbeat : {INT64_MIN, int64_t{-1}, INT64_MAX})
    for (auto patience :
         {int64_t{1}, written.patience, int64_t{-1}, INT64_MIN}) {
      written.heartbeat = heartbeat;
      written.patience = patience;
      CAF_CHECK(!mine->enabled());
      CAF_CHECK(!mine->read().enabled);
      CAF_CHECK_NOT_EQUAL(mine->read().reason, "");
    }
}

CAF_TEST(what was requested before a silence never counts after it) {
  auto robot = unbox(robot_state::make_private(100ms));
  auto device = unbox(shared_buffer::make_private(name_of("motor"), motor()));
  robot->enable();
  CAF_CHECK(device->write("mode", 3));
  CAF_REQUIRE(follows(*robot, *device, -0.5));
  CAF_REQUIRE(eventually([&] { return !robot->enabled(); }));
  CAF_REQUIRE(eventually([&] {
    robot->beat();
    auto seen = device->requested("duty_cycle", *robot);
    CAF_CHECK_EQUAL(unbox(seen), 0.25);
    return robot->enabled();
  }));
  robot->beat();
  CAF_CHECK_EQUAL(unbox(device->requested("duty_cycle", *robot)), 0.25);
  CAF_CHECK(!device->requested("mode", *robot));
  CAF_CHECK_EQUAL(unbox(device->requests(*robot)),
                  device_value({{"duty_cycle", 0.25}, {"mode", nullptr}}));
  // A request of one parameter revives no other, also in a transaction.
  auto change = unbox(device->begin());
  CAF_CHECK(change.write("duty_cycle", -0.75));
  change.commit();
  CAF_CHECK(!device->requested("mode", *robot));
  CAF_CHECK(follows(*robot, *device, -0.75));
}

CAF_TEST(what was requested before a stop never counts after it) {
  auto robot = unbox(robot_state::make_private());
  auto device = unbox(shared_buffer::make_private(name_of("motor"), motor()));
  robot->enable();
  CAF_REQUIRE(follows(*robot, *device, -0.5));
  robot->disable("smoke");
  // Times are those of the clock's ticks.
  auto stopped = recent_time();
  CAF_REQUIRE(eventually([&] { return recent_time() > stopped; }));
  robot->enable();
  CAF_CHECK_EQUAL(unbox(device->requested("duty_cycle", *robot)), 0.25);
  CAF_CHECK(follows(*robot, *device, -0.5));
}

CAF_TEST(what was requested before a robot begins anew never counts after it) {
  auto robot = unbox(robot_state::make_private());
  auto device = unbox(shared_buffer::make_private(name_of("motor"), motor()));
  robot->enable();
  CAF_REQUIRE(follows(*robot, *device, -0.5));
  // At once: within the same tick of the clock, too.
  robot->begin_anew();
  robot->beat();
  CAF_CHECK(robot->enabled());
  CAF_CHECK_EQUAL(unbox(device->requested("duty_cycle", *robot)), 0.25);
  CAF_CHECK(follows(*robot, *device, -0.5));
}

CAF_TEST(a signal handler may disable the robot) {
  auto mine = unbox(robot_state::make_private());
  mine->enable();
  in_handler = mine.get();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { in_handler->disable("a signal"); };
  ::sigaction(SIGUSR1, &action, &before);
  // Other suites of this program have it blocked.
  sigset_t only{};
  sigset_t mask{};
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGUSR1);
  ::pthread_sigmask(SIG_UNBLOCK, &only, &mask);
  ::raise(SIGUSR1);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
  CAF_CHECK_EQUAL(mine->read().reason, "a signal");
}

CAF_TEST(one runtime owns it and its end is seen) {
  auto mine = unbox(robot_state::own(prefix));
  auto refused = robot_state::own(prefix);
  CAF_REQUIRE(!refused);
  CAF_CHECK_EQUAL(describe(refused.error()),
                  "cannot own " + name + ": another runtime does (pid "
                    + std::to_string(::getpid()) + ")");
  auto seen = unbox(robot_state::open(prefix));
  mine->enable();
  mine.reset();
  CAF_CHECK(!seen->enabled());
  CAF_CHECK_EQUAL(seen->read().reason, "the runtime has ended");
  CAF_CHECK(!exists());
  CAF_CHECK(robot_state::own(prefix));
}

CAF_TEST(the end of its owner needs no memory) {
  auto mine = unbox(robot_state::own(prefix));
  mine->enable();
  auto before = test::allocations();
  mine.reset();
  CAF_CHECK_EQUAL(test::allocations(), before);
  CAF_CHECK(!exists());
}

CAF_TEST(what holds a robot back is seen by others and changes nothing else) {
  auto mine = unbox(robot_state::own(prefix));
  auto seen = unbox(robot_state::open(prefix));
  CAF_CHECK_EQUAL(seen->holds(), "");
  mine->enable();
  mine->tell_holds("no driver\nprocess camera is starting\n");
  CAF_CHECK_EQUAL(seen->holds(), "no driver\nprocess camera is starting\n");
  CAF_CHECK(seen->enabled());
  mine->disable("a person");
  CAF_CHECK_EQUAL(seen->read().reason, "a person");
  for (auto i = 0; i < 10; ++i)
    mine->tell_holds(std::to_string(i));
  CAF_CHECK_EQUAL(seen->holds(), "9");
  mine->tell_holds("");
  CAF_CHECK_EQUAL(seen->holds(), "");
  // Of a long list there is what has room, and no half of a character.
  std::string text = "x";
  for (auto i = 0; i < 1000; ++i)
    text += "\xc3\xa4";
  mine->tell_holds(text);
  CAF_CHECK_EQUAL(seen->holds(), text.substr(0, 1023));
  mine->tell_holds("x" + text);
  CAF_CHECK_EQUAL(seen->holds(), ("x" + text).substr(0, 1022));
}

CAF_TEST(what a killed runtime left is replaced and goes stale) {
  auto other = forked{[&]() -> int {
    auto mine = unbox(robot_state::own(prefix, 50ms));
    mine->enable();
    for (;;) {
      mine->beat();
      std::this_thread::sleep_for(5ms);
    }
  }};
  CAF_REQUIRE(eventually([&] { return robot_state::open(prefix); }));
  auto seen = unbox(robot_state::open(prefix));
  CAF_CHECK(eventually([&] { return seen->enabled(); }));
  auto refused = robot_state::own(prefix);
  CAF_REQUIRE(!refused);
  CAF_CHECK_NOT_EQUAL(
    describe(refused.error()).find("pid " + std::to_string(other.pid())),
    std::string::npos);
  other.kill();
  CAF_CHECK(eventually([&] { return !seen->enabled(); }));
  auto mine = unbox(robot_state::own(prefix));
  mine->enable();
  CAF_CHECK(unbox(robot_state::open(prefix))->enabled());
  CAF_CHECK(!seen->enabled());
}

CAF_TEST(of runtimes that start at once one owns it) {
  for (int round = 0; round < 20; ++round) {
    std::vector<forked> all;
    int ready[2];
    CAF_REQUIRE_EQUAL(::pipe(ready), 0);
    for (int i = 0; i < 3; ++i)
      all.emplace_back([&]() -> int {
        ::close(ready[1]);
        auto mine = robot_state::own(prefix);
        if (!mine)
          return 1;
        // Until every other has tried.
        char byte;
        return ::read(ready[0], &byte, 1) == 0 ? 0 : 2;
      });
    ::close(ready[0]);
    // The two that were refused end by themselves.
    auto owners = 3;
    CAF_REQUIRE(eventually([&] {
      for (auto& each : all)
        if (siginfo_t info{}; each.pid() > 0
                              && ::waitid(P_PID, static_cast<id_t>(each.pid()),
                                          &info, WEXITED | WNOHANG | WNOWAIT)
                                   == 0
                              && info.si_pid != 0) {
          CAF_CHECK_EQUAL(each.join(), 1);
          --owners;
        }
      return owners <= 1;
    }));
    ::close(ready[1]);
    for (auto& each : all)
      if (each.pid() > 0)
        CAF_CHECK_EQUAL(each.join(), 0);
    CAF_CHECK(!exists());
  }
}

CAF_TEST(what is no robot state is refused) {
  CAF_CHECK(!robot_state::open(prefix));
  for (size_t size : {size_t{8}, size_t{2000}}) {
    auto made = memory_segment::create(name, size, [](auto) {});
    CAF_REQUIRE(made);
    auto opened = robot_state::open(prefix);
    CAF_REQUIRE(!opened);
    CAF_CHECK(opened.error() == ec::incompatible_buffer);
    // Nobody holds it: it is replaced.
    CAF_CHECK(robot_state::own(prefix));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace robot_state_suite
