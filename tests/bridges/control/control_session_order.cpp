// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_session_order

#include "bridges/control/control_session.hpp"

#include "tests/support/control_session_fixture.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_session_order_suite {

CAF_TEST_FIXTURE_SCOPE(control_session_order_tests, control_session_fixture)

CAF_TEST(duplicates and reordered packets are dropped and keep nothing alive) {
  CAF_CHECK(send(numbered(5, 0.5), 0ms));
  CAF_CHECK(!send(numbered(5, 0.6), 100ms));
  CAF_CHECK(!send(numbered(4, 0.7), 200ms));
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK(*session().deadline() == start + 500ms);
  CAF_CHECK(send(numbered(7, 0.8), 300ms));
  CAF_CHECK_EQUAL(lx(), 0.8);
  CAF_CHECK_EQUAL(counters().duplicate, 1u);
  CAF_CHECK_EQUAL(counters().reordered, 1u);
  CAF_CHECK_EQUAL(counters().accepted, 2u);
}

CAF_TEST(packets without a number are obeyed beside those with one) {
  send(numbered(5), 0ms);
  CAF_CHECK(send(stick(0.25), 10ms));
  CAF_CHECK_EQUAL(lx(), 0.25);
}

CAF_TEST(numbers are counted for each gamepad and begin anew with a session) {
  auto second = numbered(1);
  second.index = 1;
  send(numbered(5), 0ms);
  CAF_CHECK(send(second, 1ms));
  CAF_CHECK(send(numbered(1), 600ms));
}

CAF_TEST(what was under way for too long is dropped though clocks disagree) {
  auto behind = 1000.0;
  CAF_CHECK(send(sent_at(behind), 0ms));
  CAF_CHECK(send(sent_at(behind + 0.1), 340ms));
  CAF_CHECK(!send(sent_at(behind + 0.1), 360ms));
  CAF_CHECK_EQUAL(counters().too_old, 1u);
  // A faster one makes all others older.
  CAF_CHECK(send(sent_at(behind + 0.6), 400ms));
  CAF_CHECK(!send(sent_at(behind + 0.51), 570ms));
  CAF_CHECK(*session().deadline() == start + 900ms);
}

CAF_TEST(clocks of different speeds stay together) {
  // The sender's clock loses 100 ppm: 360 ms within the hour.
  for (auto at = 0s; at < 3600s; ++at) {
    auto sent = std::chrono::duration<double>(at).count() * (1 - 100e-6);
    settings.timeout = 2s;
    CAF_CHECK(send(sent_at(sent), at));
  }
  CAF_CHECK_EQUAL(counters().too_old, 0u);
}

CAF_TEST(a new session measures age by its own packets) {
  CAF_CHECK(send(sent_at(100), 0ms));
  // Another clock, or a slower network: nothing is older than the first.
  CAF_CHECK(send(sent_at(90), 1s));
  CAF_CHECK(!send(sent_at(89.7), 1s));
}

CAF_TEST(a gamepad whose number stands still is lost and stays lost) {
  for (auto at = 0ms; at < 5s; at += 20ms)
    session().submit(laptop, {of(0), with(of(1, 1, 1), 5)}, start + at);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(counters().duplicate, 249u);
  auto verdict = session().submit(laptop, {of(0), with(of(1), 5)}, start + 5s);
  CAF_CHECK(verdict.obeyed);
  CAF_CHECK(verdict.fault == control_fault::duplicate);
  CAF_CHECK(verdict.gamepad == 1);
  // It lives.
  CAF_CHECK(send(with(of(1), 6), 5020ms));
  CAF_CHECK(pads->connected[1]);
}

CAF_TEST(a gamepad whose time stands still is lost and stays lost) {
  for (auto at = 0ms; at < 5s; at += 20ms)
    session().submit(laptop,
                     {with_time(of(0), 9.0 + seconds_of(at)),
                      with_time(of(1, 1, 1), 9.0)},
                     start + at);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  // Obeyed as long as it was no older than a packet may be.
  CAF_CHECK_EQUAL(counters().too_old, 250u - 13u);
}

CAF_TEST(numbers and times that run backwards or in a circle are refused) {
  auto which = 0;
  auto input_of = [&](uint64_t i) {
    auto time = seconds_of(20ms);
    switch (which) {
      case 0:
        return with(of(1, 1), 10'000 - i);
      case 1:
        return with(of(1, 1), 1 + i % 3);
      case 2:
        return with_time(of(1, 1), 9.0 - time * static_cast<double>(i));
      case 3:
        return with_time(of(1, 1), 9.0 + time * static_cast<double>(i % 3));
      default:
        // A queue that fills up: each one was under way for longer.
        return with_time(of(1, 1), 9.0 + time / 4 * static_cast<double>(i));
    }
  };
  for (; which < 5; ++which) {
    auto from = 100s * which;
    for (uint64_t i = 0; i < 500; ++i)
      session().submit(laptop, {of(0), input_of(i)},
                       start + from + 20ms * static_cast<int>(i));
    CAF_CHECK(!pads->connected[1]);
    CAF_CHECK_EQUAL(counters().lost, static_cast<uint64_t>(1 + 2 * which));
    session().expire(start + from + 50s);
  }
}

CAF_TEST(a sender that was restarted within the timeout is obeyed after it) {
  send(with(of(0), 1'000'000, 5000.0), 0ms);
  uint64_t refused = 0;
  for (uint64_t i = 1; i < 100; ++i)
    refused += !send(with(of(0), i, 3.0 + 0.02 * static_cast<double>(i)),
                     20ms * static_cast<int>(i));
  CAF_CHECK_EQUAL(refused, 24u);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(counters().lost, 1u);
}

CAF_TEST(a clock that jumps back costs the timeout and no more) {
  for (auto i = 0; i < 100; ++i)
    send(with_time(of(0), (i < 10 ? 4000.0 : 400.0) + 0.02 * i), 20ms * i);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(counters().too_old, 24u);
  CAF_CHECK(pads->connected[0]);
}

CAF_TEST(a time without measure is no overflow) {
  for (auto time : {1e308, -1e308, 1e308, 0.0})
    send(with_time(of(0), time), 0ms);
  CAF_CHECK_EQUAL(counters().accepted, 2u);
  CAF_CHECK_EQUAL(counters().too_old, 2u);
}

CAF_TEST(counters of 32 and 64 bits may begin anew at their end) {
  for (auto last : {uint64_t{UINT32_MAX}, uint64_t{UINT64_MAX}}) {
    auto at = last == UINT32_MAX ? 0ms : 10s;
    CAF_CHECK(send(with(of(0), last - 1), at));
    CAF_CHECK(send(with(of(0), last), at + 1ms));
    // One is lost by the way.
    CAF_CHECK(send(with(of(0), 1), at + 2ms));
    CAF_CHECK(!send(with(of(0), 0), at + 3ms));
    CAF_CHECK(!send(with(of(0), last), at + 4ms));
    CAF_CHECK(send(with(of(0), 2), at + 5ms));
    session().expire(start + at + 5s);
  }
  // A number that is large was simply left out to.
  CAF_CHECK(send(with(of(0), 7), 20s));
  CAF_CHECK(send(with(of(0), UINT32_MAX), 20001ms));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_session_order_suite
