// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE requesters

#include "bridges/buffer/requesters.hpp"

#include <linux/futex.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "bridges/buffer/buffer_transaction.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/requesters_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace requesters_suite {

CAF_TEST_FIXTURE_SCOPE(requesters_tests, requesters_fixture)

CAF_TEST(a request ends with the process that made it) {
  std::vector<clock_type::duration> delays;
  for (int round = 0; round < 40; ++round) {
    auto child = requesting("duty_cycle", -0.5);
    wait_for("duty_cycle", -0.5);
    // Its end counts before anybody collects it.
    CAF_REQUIRE_EQUAL(::kill(child.pid(), SIGKILL), 0);
    delays.push_back(wait_for("duty_cycle", 0.25));
    CAF_CHECK_EQUAL(request("duty_cycle"), 0.25);
  }
  std::sort(delays.begin(), delays.end());
  auto ms = [](auto x) {
    return std::chrono::duration<double, std::milli>{x}.count();
  };
  CAF_MESSAGE("the end was seen after "
              << ms(delays[20]) << " ms at the median, " << ms(delays[39])
              << " ms at worst");
  CAF_CHECK(delays[20] < 50ms);
}

CAF_TEST(a process that ends as it should ends its requests too) {
  auto child = forked{[&]() -> int {
    auto all = buffer->begin();
    return all && all->write("duty_cycle", 0.5) && (all->commit(), true) ? 7
                                                                         : 1;
  }};
  CAF_CHECK_EQUAL(child.join(), 7);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(without a safe value the end of a request is disabled) {
  auto child = requesting("mode", 3);
  wait_for("mode", 3);
  child.kill();
  CAF_CHECK_EQUAL(requested("mode"),
                  "mode: disabled: the request of a value has ended");
  CAF_CHECK(buffer->requested("mode", *robot).error() == ec::robot_disabled);
  CAF_CHECK(request("mode").is_null());
}

CAF_TEST(each of two processes takes only its own requests with it) {
  auto one = requesting("duty_cycle", -0.5);
  auto two = requesting("mode", 3);
  wait_for("duty_cycle", -0.5);
  wait_for("mode", 3);
  one.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK_EQUAL(requested("mode"), 3);
  two.kill();
  CAF_CHECK(!buffer->requested("mode", *robot));
}

CAF_TEST(of two who request the same the last one owns it) {
  auto one = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  auto two = requesting("duty_cycle", 0.75);
  wait_for("duty_cycle", 0.75);
  one.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.75);
  two.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(neither a closed buffer nor the end of a thread ends a request) {
  std::thread{[&] {
    CAF_CHECK(unbox(shared_buffer::open(name))->write("duty_cycle", -0.5));
  }}.join();
  CAF_CHECK_EQUAL(requested("duty_cycle"), -0.5);
  for (int i = 0; i < 2000; ++i)
    CAF_REQUIRE(unbox(shared_buffer::open(name))->write("duty_cycle", 0.5));
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.5);
}

CAF_TEST(a fork has requests of its own) {
  CAF_CHECK(buffer->write("mode", 3));
  auto child = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  child.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK_EQUAL(requested("mode"), 3);
  // The other way round: what a parent requested is not the child's.
  int ends[2];
  CAF_REQUIRE_EQUAL(::pipe(ends), 0);
  pid_t grandchild = 0;
  auto parent = forked{[&]() -> int {
    if (!buffer->write("duty_cycle", 0.75))
      return 1;
    grandchild = ::fork();
    if (grandchild == 0) {
      char last;
      ::close(ends[1]);
      ::_exit(::read(ends[0], &last, 1) == 0 ? 0 : 1);
    }
    return 0;
  }};
  CAF_CHECK_EQUAL(parent.join(), 0);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  ::close(ends[0]);
  ::close(ends[1]);
}

CAF_TEST(exec ends requests) {
  auto child = forked{[&]() -> int {
    if (!buffer->write("duty_cycle", -0.5))
      return 1;
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    return 2;
  }};
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/exe", child.pid());
  char target[256] = {};
  while (::readlink(path, target, sizeof(target) - 1) > 0
         && !std::strstr(target, "/sleep"))
    ::poll(nullptr, 0, 1);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(a process that takes the place of a dead one does not revive it) {
  auto dead = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  memory_segment segment;
  auto& all = table(segment);
  auto place = std::ranges::find_if(all.owners, [](uint64_t x) {
    return (x & FUTEX_TID_MASK) != 0;
  });
  auto before = *place;
  dead.kill();
  CAF_CHECK((*place & FUTEX_OWNER_DIED) != 0);
  auto other = requesting("mode", 3);
  wait_for("mode", 3);
  CAF_CHECK((*place & FUTEX_OWNER_DIED) == 0);
  CAF_CHECK_EQUAL(*place >> 32, (before >> 32) + 1);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  // Also where the kernel gave it the very same thread id.
  *place = (*place & ~uint64_t{0xffffffff}) | (before & 0xffffffff);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK_EQUAL(requested("mode"), 3);
}

CAF_TEST(what is held outlives its process until it is replaced) {
  auto hold = [&](device_value value, std::chrono::nanoseconds duration) {
    return forked{
      [&] { return buffer->hold("duty_cycle", value, duration) ? 7 : 1; }}
      .join();
  };
  CAF_CHECK_EQUAL(hold(-0.5, 0s), 7);
  CAF_CHECK_EQUAL(requested("duty_cycle"), -0.5);
  CAF_CHECK(list_segments(requesters_name(prefix)).empty());
  // By one whose end counts.
  requesting("duty_cycle", 0.5).kill();
  auto child = requesting("duty_cycle", 0.75);
  wait_for("duty_cycle", 0.75);
  child.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK_EQUAL(hold(-0.5, 0s), 7);
  robot->disable("smoke");
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  ::poll(nullptr, 0, 20);
  robot->enable();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  auto start = clock_type::now();
  CAF_CHECK_EQUAL(hold(-0.75, 200ms), 7);
  wait_for("duty_cycle", 0.25);
  // As the coarse clock tells time.
  CAF_CHECK(clock_type::now() - start > 180ms);
  CAF_CHECK_EQUAL(hold(-0.75, 1h), 7);
  CAF_CHECK_EQUAL(requested("duty_cycle"), -0.75);
}

CAF_TEST(a request that expires ends unless it is renewed) {
  auto type = motor();
  type.parameters[0].expires = 150ms;
  remove_buffer(name);
  buffer = open(type);
  auto again = unbox(shared_buffer::open(name));
  CAF_CHECK(again->type() == type);
  auto start = clock_type::now();
  while (clock_type::now() - start < 300ms) {
    CAF_REQUIRE(buffer->write("duty_cycle", -0.5));
    auto seen = clock_type::now();
    if (requested("duty_cycle") != -0.5 && clock_type::now() - seen < 100ms)
      CAF_ERROR("it ended too early");
    ::poll(nullptr, 0, 10);
  }
  CAF_CHECK(buffer->write("duty_cycle", -0.5));
  CAF_CHECK(buffer->write("mode", 3));
  start = clock_type::now();
  wait_for("duty_cycle", 0.25);
  CAF_CHECK(clock_type::now() - start > 130ms);
  CAF_CHECK_EQUAL(requested("mode"), 3);
  // A person's as well: it is the parameter's.
  CAF_CHECK(buffer->hold("duty_cycle", -0.5, 1h));
  CAF_CHECK_EQUAL(requested("duty_cycle"), -0.5);
  wait_for("duty_cycle", 0.25);
  CAF_CHECK_EQUAL(request("duty_cycle"), 0.25);
}

CAF_TEST(a process that is killed at any instant leaves what is requested) {
  CAF_CHECK(buffer->hold("mode", 9, 0s));
  uint64_t random = 1;
  int ended = 0;
  for (int round = 0; round < 300; ++round) {
    auto value = round % 2 == 0 ? -0.5 : 0.5;
    auto child = forked{[&]() -> int {
      for (;;) {
        auto all = buffer->begin();
        if (!all || !all->write("duty_cycle", value))
          return 1;
        all->commit();
        if (!buffer->write("duty_cycle", value))
          return 1;
      }
    }};
    random = random * 6364136223846793005u + 1442695040888963407u;
    auto nap = timespec{0, static_cast<long>(random >> 43)};
    ::nanosleep(&nap, nullptr);
    child.kill();
    // Its own have ended, whatever it was about to do; those of others stay, as
    // does that of this process where it came to none.
    auto seen = requested("duty_cycle");
    CAF_REQUIRE(seen == 0.25 || seen == 0.75);
    ended += seen == 0.25 ? 1 : 0;
    CAF_REQUIRE_EQUAL(requested("mode"), 9);
    CAF_REQUIRE(buffer->write("duty_cycle", 0.75));
    CAF_REQUIRE_EQUAL(requested("duty_cycle"), 0.75);
  }
  CAF_CHECK_GREATER(ended, 0);
}

CAF_TEST(a reader never sees the value of one with the owner of another) {
  // The one that lives requests 0.75, those that die -0.5: it must never be
  // read once they are dead.
  auto one = forked{[&]() -> int {
    for (;;)
      if (!buffer->write("duty_cycle", 0.75))
        return 1;
  }};
  wait_for("duty_cycle", 0.75);
  for (int round = 0; round < 100; ++round) {
    auto two = forked{[&]() -> int {
      for (;;)
        if (!buffer->write("duty_cycle", -0.5))
          return 1;
    }};
    for (int i = 0; i < 200; ++i) {
      auto seen = requested("duty_cycle");
      if (seen != 0.75 && seen != -0.5 && seen != 0.25)
        CAF_FAIL("round " << round << " reads " << seen);
    }
    two.kill();
    auto seen = requested("duty_cycle");
    // The latter until the other one requests again.
    CAF_REQUIRE(seen == 0.75 || seen == 0.25);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace requesters_suite
