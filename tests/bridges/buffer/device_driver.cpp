// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_driver

#include <caf/test/dsl.hpp>

#include <poll.h>

#include "tests/support/requesters_fixture.hpp"
#include "tests/support/shared_numbers.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace device_driver_suite {
namespace {

struct fixture : requesters_fixture {
  /// Another process that drives the device and waits.
  forked driving() const {
    auto result = forked{[this]() -> int {
      if (buffer->set_connected(true))
        return 1;
      for (;;)
        ::pause();
    }};
    wait_until_connected();
    return result;
  }

  void wait_until_connected() const {
    auto start = clock_type::now();
    while (!buffer->connected()) {
      if (clock_type::now() - start > 20s)
        CAF_FAIL("nobody connects the device");
      ::poll(nullptr, 0, 1);
    }
  }

  bool has_name() const {
    return !list_segments(to_string(name)).empty();
  }

  /// Says that this process removes the buffer, and does no more.
  int begin_to_remove() const {
    auto segment = memory_segment::open(to_string(name));
    auto layout = read_description(segment->bytes(), "it");
    auto table = requesters::create(prefix);
    auto self = (*table)->self();
    shared<uint64_t>(segment->bytes().data() + layout->header.driver)
      .store(*self | layout::removed);
    return 7;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_driver_tests, fixture)

CAF_TEST(a device is connected while the process that drives it lives) {
  CAF_CHECK(!buffer->connected());
  for (int round = 0; round < 20; ++round) {
    auto child = driving();
    CAF_CHECK_EQUAL(buffer->ended_driver(), 0u);
    // Its end counts before anybody collects it.
    CAF_REQUIRE_EQUAL(::kill(child.pid(), SIGKILL), 0);
    auto start = clock_type::now();
    while (buffer->connected())
      if (clock_type::now() - start > 20s)
        CAF_FAIL("its end is not seen");
    CAF_CHECK(buffer->valid());
    CAF_CHECK_NOT_EQUAL(buffer->ended_driver(), 0u);
  }
}

CAF_TEST(a driver says itself that its device is not connected) {
  CAF_CHECK(!buffer->set_connected(false));
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK(unbox(shared_buffer::open(name))->connected());
  CAF_CHECK(!buffer->set_connected(false));
  CAF_CHECK(!buffer->connected());
  // Nobody has left it.
  CAF_CHECK_EQUAL(buffer->ended_driver(), 0u);
  driving();
}

CAF_TEST(a device has one driver and the next one takes it over) {
  auto first = driving();
  CAF_CHECK(buffer->set_connected(true) == ec::access_refused);
  CAF_CHECK(buffer->set_connected(false) == ec::access_refused);
  CAF_CHECK(buffer->remove() == ec::access_refused);
  CAF_CHECK(buffer->connected());
  first.kill();
  // The device is not his, who has not connected it.
  CAF_CHECK(!buffer->set_connected(false));
  CAF_CHECK_NOT_EQUAL(buffer->ended_driver(), 0u);
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK(buffer->connected());
  CAF_CHECK_EQUAL(buffer->ended_driver(), 0u);
  CAF_CHECK_EQUAL(forked{[&] {
                    return buffer->set_connected(true) == ec::access_refused
                             ? 7
                             : 1;
                  }}.join(),
                  7);
}

CAF_TEST(a device that is gone leaves nothing and can come back) {
  CAF_CHECK(buffer->set("speed", 1.5));
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK(!buffer->remove());
  CAF_CHECK(!buffer->valid());
  CAF_CHECK(!buffer->connected());
  CAF_CHECK(!has_name());
  auto refused = buffer->set_connected(true);
  CAF_CHECK(refused == ec::invalid_buffer);
  CAF_CHECK_EQUAL(describe(refused), to_string(name) + " is gone");
  CAF_CHECK(!buffer->set_connected(false));
  auto again = open(motor());
  CAF_CHECK_EQUAL(unbox(again->get("speed")), 0.0);
  CAF_CHECK(!again->set_connected(true));
  // Of the old one.
  CAF_CHECK(!buffer->remove());
  CAF_CHECK_EQUAL(forked{[&] { return buffer->remove() ? 1 : 7; }}.join(), 7);
  CAF_CHECK(again->valid());
  CAF_CHECK(has_name());
  CAF_CHECK(again->connected());
  // Whatever took the name from it.
  CAF_CHECK(!remove_segment(to_string(name)));
  buffer = open(motor());
  CAF_CHECK(!again->remove());
  CAF_CHECK(has_name());
  CAF_CHECK(buffer->valid());
}

CAF_TEST(what nobody drives anybody may remove) {
  CAF_CHECK(!buffer->remove());
  CAF_CHECK(!has_name());
  buffer = open(motor());
  driving().kill();
  CAF_CHECK(!buffer->remove());
  CAF_CHECK(!has_name());
}

CAF_TEST(who is killed while he removes a buffer leaves that to the next) {
  for (auto make : {false, true}) {
    auto remover = forked{[&] { return begin_to_remove(); }};
    CAF_CHECK_EQUAL(remover.join(), 7);
    CAF_CHECK(has_name());
    CAF_CHECK(buffer->set_connected(true) == ec::invalid_buffer);
    if (make) {
      buffer = open(motor());
      CAF_CHECK(buffer->valid());
      CAF_CHECK(!buffer->set_connected(true));
    } else {
      auto opened = shared_buffer::open(name);
      CAF_CHECK(!opened && opened.error() == ec::unknown_device);
      CAF_CHECK(!has_name());
      CAF_CHECK(!buffer->valid());
      buffer = open(motor());
    }
  }
}

CAF_TEST(who makes a buffer waits for the one who removes it) {
  auto remover = forked{[&] {
    begin_to_remove();
    ::poll(nullptr, 0, 20);
    return remove_segment(to_string(name)) ? 1 : 7;
  }};
  while (shared_buffer::open(name))
    ::sched_yield();
  auto made = open(motor());
  CAF_CHECK(!made->set_connected(true));
  CAF_CHECK_EQUAL(remover.join(), 7);
  CAF_CHECK(made->valid());
}

CAF_TEST(drivers that are killed at any instant leave a device to be driven) {
  shared_numbers numbers;
  auto& steps = numbers.at[0];
  auto live = [&]() -> int {
    for (;; ++steps) {
      auto mine = shared_buffer::create(name, motor());
      if (!mine)
        return 1;
      auto failed = (*mine)->set_connected(true);
      if (failed && failed != ec::access_refused
          && failed != ec::invalid_buffer)
        return 2;
      if (!failed && (*mine)->remove())
        return 3;
    }
  };
  random_numbers random{60};
  for (int round = 0; round < 100; ++round) {
    auto one = forked{live};
    auto two = forked{live};
    wait_for_steps(steps, steps + 1 + random.next());
    for (auto* each : {&one, &two}) {
      ::kill(each->pid(), SIGKILL);
      CAF_REQUIRE_EQUAL(each->join(), -1);
    }
    auto mine = open(motor());
    CAF_REQUIRE(!mine->set_connected(true));
    CAF_REQUIRE(mine->connected());
    CAF_REQUIRE(mine->set("speed", 1));
    CAF_REQUIRE(!mine->remove());
    CAF_REQUIRE(!has_name());
  }
}

CAF_TEST(private devices have drivers too) {
  buffer = make_private("motor", motor());
  auto child = driving();
  CAF_CHECK(buffer->set_connected(true) == ec::access_refused);
  child.kill();
  CAF_CHECK(!buffer->connected());
  CAF_CHECK(!buffer->set_connected(true));
  CAF_CHECK(!buffer->remove());
  CAF_CHECK(!buffer->valid());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace device_driver_suite
