// SPDX-License-Identifier: BSD-3-Clause

// The tests of an actor of one's own, to be copied: on real messages, without a
// socket, a process, a thread or a clock. `tests/support/peer_fixture.hpp` says
// what they have, `tests/support/actor_fixture.hpp` how messages and time move.

#define CAF_SUITE motor_guard

#include "motor_guard.hpp"

// The program's `main`, in one source of the suite.
#include <caf/test/unit_test_impl.hpp>

// Last of all.
#include "tests/support/peer_fixture.hpp"

using namespace example;
using namespace std::chrono_literals;

namespace {

struct fixture : rr::peer_fixture {
  motor_guard_actor guard = own(self->spawn(
    motor_guard, motor_guard_settings{
                   client(),
                   [this](const std::string& why) { emergency_stop(why); },
                   log,
                 }));

  received_call take_question() {
    return take_call("motor-service", "temperature");
  }

  /// Lets the guard ask once more, and be told so.
  void next_answer(rr::json celsius) {
    elapse(1s);
    answer(take_question(), std::move(celsius));
  }

  void check_stopped(const std::string& why) {
    CAF_REQUIRE_EQUAL(stops.size(), 1u);
    CAF_CHECK_EQUAL(stops[0].cause, why);
    CAF_CHECK_EQUAL(end_of(guard.address()), rr::ec::emergency_stop);
  }

  void check_going_on() {
    CAF_CHECK(!cord.pulled());
    CAF_CHECK(nothing_ended());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(motor_guard_tests, fixture)

CAF_TEST(it asks at once and an interval after each answer) {
  auto question = take_question();
  elapse(4s);
  CAF_CHECK(channel->sent.empty());
  answer(question, 41.5);
  elapse(999ms);
  CAF_CHECK(channel->sent.empty());
  elapse(1ms);
  take_question();
  check_going_on();
}

CAF_TEST(a motor that is too hot stops the robot) {
  answer(take_question(), 90);
  check_going_on();
  next_answer(90.5);
  check_stopped("the motor is too hot");
}

CAF_TEST(a motor that is silent thrice in a row stops the robot) {
  // Nobody answers.
  take_question();
  elapse(5s);
  CAF_CHECK_EQUAL(events->count("Motor silent"), 1u);
  // An error is no answer, and a word no temperature.
  elapse(1s);
  refuse(take_question(), {"no sensor", {{"pin", 4}}});
  check_going_on();
  next_answer("warm");
  check_stopped("the motor is silent");
  CAF_CHECK_EQUAL(events->count("Motor silent"), 3u);
}

CAF_TEST(an answer makes up for silence before it) {
  answer(take_question(), "warm");
  next_answer("warm");
  next_answer(20);
  next_answer("warm");
  next_answer("warm");
  check_going_on();
}

CAF_TEST(its messages can be sent and expected one by one) {
  self->send(guard, motor_silent{"the wire is cut"});
  expect((motor_silent), from(self).to(guard).with(_));
  CAF_CHECK(events->has("Motor silent"));
  inject((motor_temperature),
         from(self).to(guard).with(motor_temperature{100}));
  check_stopped("the motor is too hot");
}

CAF_TEST(it ends with its program and stops nothing) {
  self->send_exit(guard, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_CHECK_EQUAL(end_of(guard.address()), caf::exit_reason::user_shutdown);
  CAF_CHECK(!cord.pulled());
}

CAF_TEST_FIXTURE_SCOPE_END()
