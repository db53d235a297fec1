// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_session_gamepads

#include "bridges/control/control_session.hpp"

#include "tests/support/control_session_fixture.hpp"
#include "tests/support/counted_memory.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_session_gamepads_suite {

CAF_TEST_FIXTURE_SCOPE(control_session_gamepads_tests, control_session_fixture)

CAF_TEST(a gamepad that packets no longer name is neutral while others go on) {
  send_both(0ms);
  for (auto at = 20ms; at <= 480ms; at += 20ms)
    CAF_CHECK(send(of(0), at));
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 500ms - 1ns);
  CAF_CHECK(pads->connected[1]);
  CAF_CHECK(*session().deadline() == start + 500ms);
  session().expire(start + 500ms);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK(pads->states[1] == gamepad_state{});
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  // Once.
  CAF_CHECK(send(of(0), 520ms));
  CAF_CHECK_EQUAL(pads->neutrals, 1);
  CAF_CHECK(*session().deadline() == start + 1020ms);
}

CAF_TEST(a gamepad comes back with numbers that begin anew and shows rest) {
  send(with(of(0), 500, 70.0), 0ms);
  send(with(of(1, 1), 500, 70.0), 0ms);
  for (auto at = 20ms; at <= 600ms; at += 20ms)
    send(of(0), at);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK(send(with(of(1, 1), 1, 2.0), 610ms));
  CAF_CHECK_EQUAL(facts.back(), "resumed 127.0.0.1:4000 pad 1");
  CAF_CHECK(pads->connected[1]);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK(send(with(of(1), 2, 2.02), 630ms));
  CAF_CHECK(send(with(of(1, 1), 3, 2.04), 650ms));
  CAF_CHECK_EQUAL(lx(1), 1.0);
  // The other one never ceased, and needs no rest.
  CAF_CHECK(send(of(0, 0.5), 660ms));
  CAF_CHECK_EQUAL(lx(0), 0.5);
}

CAF_TEST(sixteen gamepads fall silent each at its own time) {
  std::vector<gamepad_input> all;
  for (uint8_t i = 0; i < gamepad_count; ++i)
    all.push_back(of(i, 1, 1));
  // One more is left out of each.
  for (auto round = 0; round < 16; ++round) {
    session().submit(laptop, all, start + 20ms * round);
    all.pop_back();
  }
  for (auto round = 0; round < 16; ++round) {
    auto at = start + 500ms + 20ms * round;
    CAF_CHECK(*session().deadline() == at);
    session().expire(at - 1ns);
    CAF_CHECK(pads->connected[15 - round]);
    session().expire(at);
    CAF_CHECK(!pads->connected[15 - round]);
    CAF_CHECK(pads->states[15 - round] == gamepad_state{});
    CAF_CHECK_EQUAL(pads->neutrals, round + 1);
  }
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().lost, 16u);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 0");
}

CAF_TEST(one gamepad that ceases is an emergency) {
  settings.on_timeout = control_timeout::emergency_stop;
  send_both(0ms);
  send(of(0), 400ms);
  session().expire(start + 500ms);
  CAF_REQUIRE_EQUAL(facts.size(), 3u);
  CAF_CHECK_EQUAL(facts[1], "emergency control lost: gamepad 1 of "
                            "127.0.0.1:4000 is absent or refused 0");
  CAF_CHECK_EQUAL(facts[2], "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(
    std::string{describe_loss("a:1", 0xffff, false).data()},
    "control lost: gamepad 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
    "15 of a:1 is absent or refused");
}

CAF_TEST(nothing is allocated before the stop for what is lost) {
  settings.on_timeout = control_timeout::emergency_stop;
  // Longer than what a string has room for in itself.
  const control_source driver{control_source::way::call, std::string(100, 'd')};
  for (auto driver_too : {false, true}) {
    size_t at_stop = 0;
    auto told = listener();
    told.emergency = [&](std::string_view) { at_stop = test::allocations(); };
    control_session aut{settings, pads, told};
    aut.submit(driver, {of(0), of(1)}, start);
    if (!driver_too)
      aut.submit(driver, {of(0)}, start + 400ms);
    auto before = test::allocations();
    CAF_CHECK_NOT_EQUAL(before, 0u);
    aut.expire(start + 500ms);
    CAF_CHECK_EQUAL(at_stop - before, 0u);
  }
}

CAF_TEST(one gamepad that ceases keeps its state where that is wanted) {
  settings.on_timeout = control_timeout::none;
  send_both(0ms);
  send(of(0), 400ms);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 1 alone");
  CAF_CHECK_EQUAL(lx(1), 1.0);
  // Once, and it needs no rest.
  session().expire(start + 600ms);
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK(send(of(1, 0.5), 610ms));
  CAF_CHECK_EQUAL(lx(1), 0.5);
}

CAF_TEST(one gamepad that cannot be made neutral is tried again) {
  send_both(0ms);
  send(of(0), 490ms);
  pads->broken = true;
  session().expire(start + 500ms);
  CAF_CHECK(*session().deadline() == start + 510ms);
  pads->broken = false;
  // Though its driver goes on, or another begins.
  send(of(0), 505ms);
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK(pads->connected[0]);
}

CAF_TEST(a gamepad that could not be made neutral is not forgotten) {
  send(of(1, 1), 0ms);
  pads->broken = true;
  session().expire(start + 500ms);
  pads->broken = false;
  send(of(0), 501ms, other);
  CAF_CHECK_EQUAL(lx(1), 1.0);
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
}

CAF_TEST(a packet of no gamepad is a sign of life of its driver alone) {
  CAF_CHECK(session().submit(laptop, {}, start).obeyed);
  // Whoever has none to drive with takes control from nobody.
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK(!session().deadline());
  send(of(0, 1), 0ms);
  for (auto at = 0ms; at <= 800ms; at += 400ms)
    CAF_CHECK(session().submit(laptop, {}, start + at).obeyed);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  CAF_CHECK(!session().submit(other, {}, start + 900ms).obeyed);
  session().expire(start + 1300ms);
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000");
}

CAF_TEST(a call of no gamepad is no fault whoever drives) {
  auto caller = control_source{control_source::way::call, "alice"};
  auto no_fault = [&](std::chrono::milliseconds at) {
    auto verdict = session().submit(caller, {}, start + at);
    return verdict.obeyed && !verdict.fault && !verdict.connected;
  };
  CAF_CHECK(no_fault(0ms));
  send(of(0, 1), 10ms);
  CAF_CHECK(no_fault(400ms));
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  CAF_CHECK_EQUAL(counters().other_driver, 0u);
  // It keeps nothing alive.
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(session().status().driver, "");
  // Of its own driver it is the sign of life that a packet is.
  send(of(0), 520ms, caller);
  CAF_CHECK(no_fault(900ms));
  session().expire(start + 1100ms);
  CAF_CHECK_EQUAL(session().status().driver, caller.name);
  session().close();
  CAF_CHECK(no_fault(1200ms));
}

CAF_TEST(after a stand still all is neutral and what waited is too old) {
  settings.max_age = 1h;
  send_both(0ms);
  CAF_CHECK_EQUAL(lx(1), 1.0);
  facts.clear();
  session().begin_anew(start + 300ms);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK(!session().deadline());
  // What is received from now on was sent before, whoever sent it.
  CAF_CHECK(!send(of(0, 0.5), 300ms));
  CAF_CHECK(!send(of(0, 0.5), 399ms, other));
  // One that was received before is no younger.
  CAF_CHECK(!send(of(0, 0.5), 1ms));
  auto verdict = session().submit({control_source::way::call, "alice"},
                                  {of(0, 0.5)}, start + 399ms);
  CAF_CHECK(verdict.fault == control_fault::too_old);
  CAF_CHECK_EQUAL(counters().too_old, 4u);
  CAF_CHECK(!pads->connected[0]);
  // Its axes move nothing until they have been at rest.
  CAF_CHECK(send(of(1, 1, 1), 400ms));
  CAF_CHECK(pads->connected[1]);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  CAF_CHECK(send(of(1, 0), 410ms));
  CAF_CHECK(send(of(1, 1), 420ms));
  CAF_CHECK_EQUAL(lx(1), 1.0);
}

CAF_TEST(a stand still makes neutral whatever on - timeout says) {
  settings.on_timeout = control_timeout::none;
  send_both(0ms);
  session().begin_anew(start + 10s);
  CAF_CHECK(!pads->connected[1]);
  CAF_CHECK_EQUAL(lx(1), 0.0);
}

CAF_TEST(a stand still beyond the timeout is a silence of the driver) {
  settings.on_timeout = control_timeout::emergency_stop;
  send_both(0ms);
  session().begin_anew(start + 499ms);
  CAF_CHECK_EQUAL(facts.back(), "connected 127.0.0.1:4000");
  send(of(0), 600ms);
  session().begin_anew(start + 1100ms);
  CAF_REQUIRE_GREATER(facts.size(), 1u);
  CAF_CHECK_EQUAL(facts[facts.size() - 2].find("emergency "), 0u);
}

CAF_TEST(until a stand still is seen nothing is obeyed) {
  auto in_time = false;
  session().obey_while([&] { return in_time; });
  CAF_CHECK(!send(of(0, 1), 0ms));
  CAF_CHECK_EQUAL(counters().too_old, 1u);
  CAF_CHECK_EQUAL(pads->writes, 0);
  in_time = true;
  CAF_CHECK(send(of(0, 1), 1ms));
  CAF_CHECK_EQUAL(lx(), 1.0);
  in_time = false;
  session().obey_while({});
  CAF_CHECK(send(of(0, -1), 2ms));
}

CAF_TEST(a gamepad that nobody held needs no rest after a stand still) {
  send(of(0, 1), 0ms);
  session().begin_anew(start + 10ms);
  CAF_CHECK(send(of(2, 1), 110ms));
  CAF_CHECK_EQUAL(lx(2), 1.0);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_session_gamepads_suite
