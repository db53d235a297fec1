// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_receiver

#include "actors/control_receiver.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace control_receiver_suite {
namespace {

struct fixture : actor_fixture {
  bool closed = false;
  std::shared_ptr<control_session> session = std::make_shared<control_session>(
    control_settings{}, std::make_shared<discarding_gamepad_writer>(),
    log_control(log));

  control_receiver_actor start() {
    auto make = [this]() -> caf::expected<control_bridge> {
      return control_bridge{new int{0}, [this](int* x) {
                              delete x;
                              closed = true;
                            }};
    };
    auto result = sys.spawn(control_receiver, session,
                            control_bridge_factory{make}, log);
    self->monitor(result);
    run();
    return result;
  }

  control_session::time_point now{std::chrono::hours{1}};
  control_source laptop{control_source::way::udp, "127.0.0.1:4000"};

  void send() {
    session->submit(laptop, {gamepad_input{}}, now);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(control_receiver_tests, fixture)

CAF_TEST(status tells the driver and the counters) {
  auto aut = start();
  send();
  inject((atom::status), from(self).to(aut).with(atom::status_v));
  auto expected = control_status{"127.0.0.1:4000", {}};
  expected.counters.accepted = 1;
  expect((control_status), from(aut).to(self).with(expected));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
}

CAF_TEST(a bind that fails ends the actor with its error) {
  auto cause = caf::make_error(ec::system_error, "cannot bind");
  auto make = [cause]() -> caf::expected<control_bridge> { return cause; };
  auto aut = sys.spawn(control_receiver, session, control_bridge_factory{make},
                       log);
  self->monitor(aut);
  run();
  CAF_CHECK_EQUAL(end_of(aut.address()), cause);
}

CAF_TEST(the end of the actor closes the bridge) {
  auto aut = start();
  CAF_CHECK(!closed);
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK(closed);
}

CAF_TEST(a bridge that fails ends the actor with its error) {
  auto aut = start();
  auto cause = caf::make_error(ec::system_error, "no more");
  inject((control_failed), from(self).to(aut).with(control_failed{cause}));
  CAF_CHECK_EQUAL(end_of(aut.address()), cause);
}

CAF_TEST(silence ends the actor only where it is an emergency) {
  auto aut = start();
  inject((control_lost), from(self).to(aut).with(
                           control_lost{"a:1", control_timeout::neutral}));
  CAF_CHECK(nothing_ended());
  inject((control_lost), from(self).to(aut).with(control_lost{
                           "a:1", control_timeout::emergency_stop}));
  CAF_CHECK_EQUAL(end_of(aut.address()), ec::emergency_stop);
}

CAF_TEST(the session tells the actor that control is lost) {
  auto aut = start();
  send();
  session->expire(now + std::chrono::milliseconds{500});
  expect((control_lost), to(aut).with(control_lost{
                           "127.0.0.1:4000", control_timeout::neutral, 1}));
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  send();
  session->expire(now + std::chrono::hours{1});
  disallow((control_lost), to(aut));
}

CAF_TEST(facts become events) {
  send();
  session->refuse("b:2", control_fault::malformed, "no map", now);
  now += std::chrono::milliseconds{500};
  session->expire(now);
  send();
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 4u);
  CAF_CHECK_EQUAL(seen[0].event, "Control connected");
  CAF_CHECK(seen[0].level == log_level::info);
  CAF_CHECK_EQUAL(seen[1].event, "Control ignored");
  CAF_CHECK(seen[1].level == log_level::warning);
  CAF_CHECK(seen[1].fields
            == (log_fields{
              {"cause", "malformed"}, {"source", "b:2"}, {"error", "no map"}}));
  CAF_CHECK_EQUAL(seen[2].event, "Control lost");
  CAF_CHECK(seen[2].level == log_level::warning);
  CAF_CHECK(seen[2].fields
            == (log_fields{{"source", "127.0.0.1:4000"},
                           {"on_timeout", "neutral"},
                           {"gamepad", 0u}}));
  CAF_CHECK_EQUAL(seen[3].event, "Control resumed");
  CAF_CHECK(seen[3].level == log_level::info);
}

CAF_TEST(each gamepad that is lost has an event that names it) {
  std::vector<gamepad_input> three(3);
  for (uint8_t i = 0; i < 3; ++i)
    three[i].index = i;
  set_axis(three[2], left_y, 127);
  session->submit(laptop, three, now);
  three.erase(three.begin() + 1);
  session->submit(laptop, three, now + std::chrono::milliseconds{400});
  session->expire(now + std::chrono::milliseconds{500});
  session->expire(now + std::chrono::milliseconds{900});
  auto seen = events->events();
  CAF_REQUIRE_EQUAL(seen.size(), 5u);
  CAF_CHECK_EQUAL(seen[1].event, "Control out of range");
  CAF_CHECK(seen[1].level == log_level::warning);
  CAF_CHECK(seen[1].fields
            == (log_fields{{"source", "127.0.0.1:4000"},
                           {"gamepad", 2u},
                           {"axis", "ly"},
                           {"value", 127.0}}));
  for (auto i : {2u, 3u, 4u}) {
    CAF_CHECK_EQUAL(seen[i].event, "Control lost");
    CAF_CHECK(seen[i].fields.back()
              == (log_field{"gamepad", i == 2   ? 1u
                                       : i == 3 ? 0u
                                                : 2u}));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace control_receiver_suite
