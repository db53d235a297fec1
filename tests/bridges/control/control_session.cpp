// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_session

#include "bridges/control/control_session.hpp"

#include <cmath>

#include "messages/control/control_answer.hpp"
#include "tests/support/control_session_fixture.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_session_suite {

CAF_TEST_FIXTURE_SCOPE(control_session_tests, control_session_fixture)

CAF_TEST(a packet is written at once and needs no rest the first time) {
  CAF_CHECK(!session().deadline());
  CAF_CHECK(send(stick(1, 2), 0ms));
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK_EQUAL(buttons(), 2u);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
  CAF_CHECK(*session().deadline() == start + 500ms);
  CAF_CHECK_EQUAL(facts,
                  (std::vector<std::string>{"connected 127.0.0.1:4000"}));
}

CAF_TEST(an absent axis keeps its value) {
  send(stick(0.5), 0ms);
  gamepad_input other;
  other.axes[left_y] = 0.25;
  send(other, 10ms);
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK_EQUAL(pads->states[0].axes[left_y], 0.25);
}

CAF_TEST(silence makes every gamepad neutral at the exact deadline) {
  auto second = stick(0.5);
  second.index = 7;
  session().submit(laptop, {stick(1, 1), second}, start);
  session().expire(start + 500ms - 1ns);
  CAF_CHECK_EQUAL(pads->neutrals, 0);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(pads->neutrals, 2);
  CAF_CHECK(!pads->connected[0] && !pads->connected[7]);
  CAF_CHECK(pads->states[0] == gamepad_state{});
  CAF_CHECK(pads->states[7] == gamepad_state{});
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().lost, 1u);
  session().expire(start + 2s);
  CAF_CHECK_EQUAL(pads->neutrals, 2);
  CAF_CHECK_EQUAL(facts.back(), "lost 127.0.0.1:4000 pad 0 pad 7");
}

CAF_TEST(packets keep control and push the deadline) {
  for (auto at = 0ms; at < 5s; at += 499ms)
    CAF_CHECK(send(stick(1), at));
  CAF_CHECK_EQUAL(counters().lost, 0u);
}

CAF_TEST(a packet that comes at the deadline comes too late) {
  send(stick(1), 0ms);
  CAF_CHECK(send(stick(1), 500ms));
  CAF_CHECK_EQUAL(counters().lost, 1u);
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(facts.back(), "resumed 127.0.0.1:4000");
}

CAF_TEST(after a silence axes wait for rest and buttons do not) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  CAF_CHECK(send(stick(1, 4), 600ms));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(buttons(), 4u);
  CAF_CHECK(pads->connected[0]);
  send(stick(0.11), 610ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
  send(stick(0.1), 620ms);
  CAF_CHECK_EQUAL(lx(), 0.1);
  send(stick(1), 630ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
}

CAF_TEST(a stick held over a silence is not at rest for being absent) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  send({0, {}, 0, {}, {}}, 600ms);
  send({0, {1.0, {}, {}, {}}, 0, {}, {}}, 610ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
}

CAF_TEST(every gamepad waits for a rest of its own) {
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  send(stick(0), 600ms);
  auto second = stick(0.5);
  second.index = 1;
  send(second, 610ms);
  CAF_CHECK_EQUAL(lx(1), 0.0);
  send(stick(0.5), 620ms);
  CAF_CHECK_EQUAL(lx(0), 0.5);
}

CAF_TEST(the first driver holds control until they are silent) {
  send(stick(0.5), 0ms);
  CAF_CHECK(!send(stick(1), 400ms, other));
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK_EQUAL(counters().other_driver, 1u);
  // Packets of others keep nothing alive.
  CAF_CHECK(send(stick(0), 500ms, other));
  CAF_CHECK_EQUAL(session().status().driver, other.name);
  CAF_CHECK(!send(stick(0), 510ms, laptop));
}

CAF_TEST(a caller is another driver even if they take the name of an address) {
  send(stick(0.5), 0ms);
  CAF_CHECK(!send(stick(1), 1ms, {control_source::way::call, laptop.name}));
}

CAF_TEST(an emergency stop comes before anything else) {
  settings.on_timeout = control_timeout::emergency_stop;
  session().expire(start + 1h);
  CAF_CHECK(facts.empty());
  send(stick(1), 1h);
  session().expire(start + 1h + 500ms);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{"connected 127.0.0.1:4000",
                                                   "emergency control lost: "
                                                   "127.0.0.1:4000 is silent 0",
                                                   "lost 127.0.0.1:4000 pad "
                                                   "0"}));
  CAF_CHECK_EQUAL(lx(), 0.0);
}

CAF_TEST(axes that one driver did not send are not those of another) {
  CAF_CHECK(send(stick(0.8), 0ms));
  // At rest as far as they say, and then not.
  gamepad_input part;
  part.axes[left_y] = 0.0;
  CAF_CHECK(send(part, 1s, other));
  part.axes[left_y] = 0.5;
  CAF_CHECK(send(part, 1010ms, other));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(pads->states[0].axes[left_y], 0.5);
}

CAF_TEST(on - timeout none keeps the state and lets another driver in) {
  settings.on_timeout = control_timeout::none;
  send(stick(1), 0ms);
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK(pads->connected[0]);
  CAF_CHECK(send(stick(0.5), 600ms, other));
  CAF_CHECK_EQUAL(lx(), 0.5);
}

CAF_TEST(a gamepad that cannot be made neutral is tried again) {
  send(stick(1), 0ms);
  pads->broken = true;
  session().expire(start + 500ms);
  CAF_CHECK_EQUAL(lx(), 1.0);
  CAF_CHECK(*session().deadline() == start + 510ms);
  pads->broken = false;
  session().expire(start + 510ms);
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!session().deadline());
  CAF_CHECK_EQUAL(counters().unwritten, 1u);
}

CAF_TEST(the end makes all neutral and obeys nobody any more) {
  send(stick(1), 0ms);
  session().close();
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK(!send(stick(1), 10ms));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!session().deadline());
}

CAF_TEST(faults are told once a second and counted always) {
  for (auto i = 0; i < 10; ++i)
    session().refuse("a", control_fault::malformed, "no map", start);
  session().refuse("a", control_fault::oversized, {}, start);
  session().refuse("a", control_fault::malformed, "no map", start + 1s);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{"malformed 0", "oversized 0",
                                                   "malformed 9"}));
  CAF_CHECK_EQUAL(counters().malformed, 11u);
  CAF_CHECK_EQUAL(counters().oversized, 1u);
}

CAF_TEST(a deadline that begins wakes whoever keeps it) {
  auto woken = 0;
  session().on_deadline([&] { ++woken; });
  send(stick(0), 0ms);
  send(stick(0), 10ms);
  CAF_CHECK_EQUAL(woken, 1);
  session().expire(start + 510ms);
  send(stick(0), 600ms);
  CAF_CHECK_EQUAL(woken, 2);
  session().on_deadline({});
}

// -- each gamepad by itself
// ----------------------------------------------------

CAF_TEST(whoever is refused hears of it) {
  auto first = session().submit(laptop, {of(0)}, start);
  CAF_CHECK(first.obeyed && first.connected && !first.fault);
  CAF_CHECK(!session().submit(laptop, {of(0)}, start + 1ms).connected);
  auto refused = session().submit(other, {of(0)}, start + 2ms);
  CAF_CHECK(!refused.obeyed);
  CAF_CHECK_EQUAL(describe_refusal(refused),
                  "the robot obeys another driver, 127.0.0.1:4000");
  // One that comes twice by the way is none.
  send(with(of(0), 5), 3ms);
  CAF_CHECK(!session().submit(laptop, {with(of(0), 5)}, start + 4ms).fault);
}

CAF_TEST(axes out of range are counted and told once) {
  auto raw = of(1);
  set_axis(raw, left_x, -127);
  set_axis(raw, left_y, 3);
  for (auto at = 0ms; at < 3s; at += 20ms)
    session().submit(laptop, {of(0), raw}, start + at);
  CAF_CHECK_EQUAL(facts, (std::vector<std::string>{
                           "connected 127.0.0.1:4000",
                           "clamped 1 lx -127.000000",
                         }));
  CAF_CHECK_EQUAL(counters().out_of_range, 150u);
  CAF_CHECK_EQUAL(lx(1), -std::sqrt(0.5));
  // Another driver is told of it, too.
  session().expire(start + 10s);
  session().submit(other, {raw}, start + 10s);
  CAF_CHECK_EQUAL(facts.back(), "clamped 1 lx -127.000000");
}

CAF_TEST(threads that come in another order turn no time back) {
  send(of(0), 100ms);
  send(of(0), 90ms);
  session().expire(start + 600ms - 1ns);
  CAF_CHECK(pads->connected[0]);
  session().expire(start + 600ms);
  CAF_CHECK(!pads->connected[0]);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_session_suite
