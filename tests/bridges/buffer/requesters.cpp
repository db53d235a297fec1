// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE requesters

#include "bridges/buffer/requesters.hpp"

#include <caf/test/dsl.hpp>

#include <linux/futex.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "bridges/buffer/buffer_transaction.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// A motor whose safe duty cycle is 0.25, and whose mode has no safe value.
struct fixture : buffer_fixture {
  buffer_name name = name_of("motor", 7);
  /// Whose heartbeat nobody has to renew.
  std::unique_ptr<robot_state> robot
    = std::move(*robot_state::make_private(robot_state::max_patience));
  shared_buffer::pointer buffer = open(motor());

  fixture() {
    robot->enable();
  }

  shared_buffer::pointer open(const device_type& type) const {
    auto result = shared_buffer::create(name, type);
    if (!result)
      throw std::runtime_error{describe(result.error())};
    return *result;
  }

  device_value requested(const char* parameter) const {
    auto result = buffer->requested(parameter, *robot);
    return result ? *result : device_value(describe(result.error()));
  }

  /// The same of all at once; null where there is none.
  device_value request(const char* parameter) const {
    auto all = unbox(buffer->requests(*robot));
    return all[parameter];
  }

  /// How long it takes until a parameter reads so; fails after ten seconds.
  clock_type::duration wait_for(const char* parameter,
                                const device_value& value) const {
    auto start = clock_type::now();
    while (requested(parameter) != value) {
      if (clock_type::now() - start > 10s)
        CAF_FAIL(parameter << " stays " << requested(parameter));
      ::poll(nullptr, 0, 1);
    }
    return clock_type::now() - start;
  }

  /// Another process that requests a value and waits.
  forked requesting(const char* parameter, device_value value) const {
    return forked{[=, this]() -> int {
      if (!buffer->write(parameter, value))
        return 1;
      for (;;)
        ::pause();
    }};
  }

  layout::requesters& table(memory_segment& segment) const {
    segment = unbox(memory_segment::open(requesters_name(prefix)));
    return *reinterpret_cast<layout::requesters*>(segment.bytes().data());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(requesters_tests, fixture)

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

CAF_TEST(places of dead processes are taken again and again) {
  for (size_t i = 0; i < layout::requesters::most + 50; ++i)
    CAF_REQUIRE_EQUAL(
      forked{[&] { return buffer->write("duty_cycle", 0.5) ? 7 : 1; }}.join(),
      7);
  auto last = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
}

CAF_TEST(more processes than there are places are refused) {
  CAF_CHECK(forked{[&] { return !buffer->write("mode", 3); }}.join() == 0);
  memory_segment segment;
  auto& all = table(segment);
  for (auto& each : all.owners)
    each = uint64_t{5} << 32 | 1;
  auto child = forked{[&]() -> int {
    auto refused = buffer->write("duty_cycle", 0.5);
    return !refused && refused.error() == ec::overloaded ? 7 : 1;
  }};
  CAF_CHECK_EQUAL(child.join(), 7);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(owners of another table are nobody) {
  auto child = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  CAF_CHECK(!remove_segment(requesters_name(prefix)));
  auto other = forked{[&]() -> int {
    auto mine = shared_buffer::open(name);
    if (!mine || !(*mine)->write("mode", 3))
      return 1;
    for (;;)
      ::pause();
  }};
  auto start = clock_type::now();
  while (list_segments(requesters_name(prefix)).empty()
         && clock_type::now() - start < 10s)
    ::poll(nullptr, 0, 1);
  // From now on it has the new table.
  buffer = unbox(shared_buffer::open(name));
  wait_for("mode", 3);
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
}

CAF_TEST(a damaged table is refused and its requests have ended) {
  CAF_CHECK(forked{[&] { return !buffer->write("mode", 3); }}.join() == 0);
  for (uint64_t what : {0, 1}) {
    memory_segment segment;
    auto& all = table(segment);
    all.magic += 1 - what;
    all.version += static_cast<uint32_t>(what);
    auto opened = requesters::open(prefix);
    CAF_CHECK(!opened && opened.error() == ec::incompatible_buffer);
    auto fresh = unbox(shared_buffer::open(name));
    auto refused = fresh->write("mode", 3);
    CAF_CHECK(!refused && refused.error() == ec::incompatible_buffer);
    CAF_CHECK(!fresh->requested("mode", *robot));
    all.magic -= 1 - what;
    all.version -= static_cast<uint32_t>(what);
  }
}

CAF_TEST(a number that nobody has is nobody alive) {
  auto all = unbox(requesters::create(prefix));
  auto self = unbox(all->self());
  CAF_CHECK(all->alive(self));
  CAF_CHECK_EQUAL(unbox(all->self()), self);
  for (auto owner : {uint64_t{0}, requesters::nobody, self + 1,
                     self + (uint64_t{1} << 32), self | 0xffff, ~uint64_t{0}})
    CAF_CHECK(!all->alive(owner));
}

CAF_TEST(private buffers are shared with forks alone) {
  buffer = make_private("motor", motor());
  auto child = requesting("duty_cycle", -0.5);
  wait_for("duty_cycle", -0.5);
  child.kill();
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.25);
  CAF_CHECK(buffer->write("duty_cycle", 0.5));
  CAF_CHECK_EQUAL(requested("duty_cycle"), 0.5);
  CAF_CHECK(list_segments(requesters_name(prefix)).empty());
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
