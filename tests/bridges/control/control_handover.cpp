// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_handover

#include "bridges/control/control_session.hpp"

#include "tests/support/control_session_fixture.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::chrono_literals;

namespace control_handover_suite {
namespace {

const control_source page{control_source::way::web, "web:127.0.0.1:5000"};

struct fixture : control_session_fixture {
  std::vector<control_view> views;

  fixture() {
    auto all = listener();
    all.taken = [this](const control_taken& x) {
      facts.push_back("taken " + x.source + " from " + x.from);
    };
    all.shown = [this](const control_view& x) { views.push_back(x); };
    listener_ = std::move(all);
  }

  control_session& make() {
    made = std::make_unique<control_session>(settings, pads, listener_);
    return *made;
  }

  control_listener listener_;
};

using texts = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_handover_tests, fixture)

CAF_TEST(who takes control drives and the other one is refused) {
  make();
  send(stick(0.5, 1), 0ms);
  auto verdict = session().take_over(page, start + 10ms);
  CAF_CHECK(verdict.obeyed);
  CAF_CHECK(verdict.connected);
  CAF_CHECK_EQUAL(session().status().driver, page.name);
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK(!pads->connected[0]);
  CAF_CHECK(!send(stick(1), 20ms));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(counters().other_driver, 1u);
  CAF_CHECK_EQUAL(counters().lost, 0u);
  CAF_CHECK_EQUAL(facts,
                  (texts{"connected 127.0.0.1:4000",
                         "taken web:127.0.0.1:5000 from 127.0.0.1:4000",
                         "resumed web:127.0.0.1:5000", "other driver 0"}));
}

CAF_TEST(axes of the new driver wait for rest) {
  make();
  send(stick(0.5), 0ms);
  session().take_over(page, start + 10ms);
  CAF_CHECK(send(stick(1, 2), 20ms, page));
  CAF_CHECK_EQUAL(lx(), 0.0);
  CAF_CHECK_EQUAL(buttons(), 2u);
  send(stick(0), 30ms, page);
  send(stick(1), 40ms, page);
  CAF_CHECK_EQUAL(lx(), 1.0);
}

CAF_TEST(the new driver has to send within the timeout) {
  make();
  send(stick(0.5), 0ms);
  session().take_over(page, start + 100ms);
  CAF_CHECK(*session().deadline() == start + 600ms);
  for (auto at = 120ms; at < 600ms; at += 20ms)
    CAF_CHECK(!send(stick(1), at));
  session().expire(start + 600ms);
  CAF_CHECK_EQUAL(session().status().driver, "");
  CAF_CHECK_EQUAL(facts.back(), "lost web:127.0.0.1:5000");
  CAF_CHECK(send(stick(0), 610ms));
  CAF_CHECK_EQUAL(session().status().driver, laptop.name);
}

CAF_TEST(the silence of one who took control stops a robot that is to stop) {
  settings.on_timeout = control_timeout::emergency_stop;
  make();
  send(stick(0.5), 0ms);
  session().take_over(page, start + 100ms);
  CAF_CHECK(std::ranges::none_of(facts, [](const auto& x) {
    return x.starts_with("emergency");
  }));
  session().expire(start + 600ms);
  CAF_CHECK(std::ranges::any_of(facts, [](const auto& x) {
    return x.starts_with("emergency");
  }));
}

CAF_TEST(control that nobody holds is taken from nobody) {
  make();
  CAF_CHECK(session().take_over(page, start).connected);
  CAF_CHECK_EQUAL(facts, texts{"connected web:127.0.0.1:5000"});
  auto again = session().take_over(page, start + 100ms);
  CAF_CHECK(again.obeyed);
  CAF_CHECK(!again.connected);
  CAF_CHECK_EQUAL(facts.size(), 1u);
  CAF_CHECK(*session().deadline() == start + 600ms);
}

CAF_TEST(numbers of the new driver begin anew) {
  make();
  send(numbered(1000), 0ms);
  session().take_over(page, start + 10ms);
  CAF_CHECK(send(numbered(1), 20ms, page));
  session().take_over(laptop, start + 30ms);
  CAF_CHECK(send(numbered(5), 40ms));
}

CAF_TEST(where silence changes nothing a handover leaves the state) {
  settings.on_timeout = control_timeout::none;
  make();
  send(stick(0.5), 0ms);
  session().take_over(page, start + 10ms);
  CAF_CHECK_EQUAL(lx(), 0.5);
  CAF_CHECK(pads->connected[0]);
  send(stick(1), 20ms, page);
  CAF_CHECK_EQUAL(lx(), 1.0);
}

CAF_TEST(a robot that stands still or stops lets nobody take control) {
  make();
  session().begin_anew(start);
  auto verdict = session().take_over(page, start + 50ms);
  CAF_CHECK(!verdict.obeyed);
  CAF_CHECK(verdict.fault == control_fault::too_old);
  CAF_CHECK(session().take_over(page, start + 150ms).obeyed);
  session().close();
  auto closed = session().take_over(other, start + 200ms);
  CAF_CHECK(!closed.obeyed && !closed.fault);
  CAF_CHECK_EQUAL(session().status().driver, "");
}

CAF_TEST(others see who drives and what was received) {
  make();
  send(stick(0.5, 3), 0ms);
  CAF_REQUIRE_EQUAL(views.size(), 1u);
  CAF_CHECK_EQUAL(views[0].driver, laptop.name);
  CAF_REQUIRE_EQUAL(views[0].gamepads.size(), 1u);
  CAF_CHECK(views[0].gamepads[0].connected);
  CAF_CHECK_EQUAL(views[0].gamepads[0].state.axes[left_x], 0.5);
  CAF_CHECK_EQUAL(views[0].gamepads[0].state.buttons, 3u);
  // One that was refused changes nothing.
  send(stick(1), 1ms, other);
  CAF_CHECK_EQUAL(views.size(), 1u);
  session().take_over(page, start + 2ms);
  CAF_REQUIRE_EQUAL(views.size(), 2u);
  CAF_CHECK_EQUAL(views[1].driver, page.name);
  CAF_CHECK(!views[1].gamepads[0].connected);
  CAF_CHECK(views[1].gamepads[0].state == gamepad_state{});
  session().expire(start + 1s);
  CAF_REQUIRE_EQUAL(views.size(), 3u);
  CAF_CHECK_EQUAL(views[2].driver, "");
}

CAF_TEST(what moves fast is shown at a bounded rate and the last of it) {
  make();
  for (auto i = 0; i < 100; ++i)
    send(stick(i / 100.0), i * 1ms);
  // Who drives, eight at once, and one every 10 ms from then on.
  CAF_CHECK_EQUAL(views.size(), 18u);
  send(stick(0.99), 120ms);
  CAF_CHECK_EQUAL(views.size(), 19u);
  CAF_CHECK_EQUAL(views.back().gamepads[0].state.axes[left_x], 0.99);
  send(stick(0.99), 140ms);
  CAF_CHECK_EQUAL(views.size(), 19u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_handover_suite
