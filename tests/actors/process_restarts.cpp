// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_restarts

#include "tests/support/supervisor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_restarts_suite {
namespace {

struct fixture : supervisor_fixture {
  fixture() {
    settings.on_failure = robot_reaction::stop;
    settings.restart.policy = restart_policy::on_failure;
    settings.restart.limit = 2;
  }

  size_t starts() const {
    return starter.started.size();
  }

  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  /// No delay is longer by more than a tenth.
  void pass_delay(caf::timespan delay) {
    auto before = starts();
    pass(delay - 1ms);
    CAF_CHECK_EQUAL(starts(), before);
    CAF_CHECK(state() == process_state::restarting);
    pass(delay / 10 + 1ms);
    CAF_CHECK_EQUAL(starts(), before + 1);
    CAF_CHECK(state() == process_state::starting);
  }

  template <class Order>
  process_status order(Order what) {
    auto pending = self->request(supervisor, caf::infinite, what);
    sched.run();
    process_status result;
    pending.receive([&](process_status& x) { result = std::move(x); },
                    [&](caf::error& x) { CAF_FAIL(describe(x)); });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_restarts_tests, fixture)

CAF_TEST(a child that fails is started again after its delay) {
  start_and_run();
  exited(3);
  CAF_CHECK(
    (last("Process failed").fields.back() == log_field{"reaction", "restart"}));
  auto told = last("Process restarting");
  CAF_CHECK(told.level == log_level::warning);
  CAF_REQUIRE_EQUAL(told.fields.size(), 4u);
  CAF_CHECK_EQUAL(told.fields[1].name, "delay_ms");
  CAF_CHECK((told.fields[2] == log_field{"restarts", 1u}));
  CAF_CHECK((told.fields[3]
             == log_field{"reason", "process camera exited with code 3"}));
  pass_delay(100ms);
  started(18);
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK_EQUAL(status().restarts, 1u);
  exited(-11);
  pass_delay(200ms);
  CAF_CHECK(nothing_ended());
}

CAF_TEST(a child that fails too often is given up) {
  start_and_run();
  for (auto delay : {100ms, 200ms}) {
    exited(3);
    pass_delay(delay);
    started(18);
  }
  exited(3);
  CAF_CHECK(
    (last("Process failed").fields.back() == log_field{"reaction", "stop"}));
  auto told = last("Process given up");
  CAF_CHECK(told.level == log_level::error);
  CAF_CHECK((told.fields
             == log_fields{{"process", "camera"},
                           {"restarts", 2u},
                           {"reason", "process camera exited with code 3"}}));
  CAF_CHECK(end_of(supervisor.address()) == ec::process_failed);
  CAF_CHECK_EQUAL(starts(), 3u);
}

CAF_TEST(one that is given up and ignored can be started by an order) {
  settings.on_failure = robot_reaction::ignore;
  settings.restart.limit = 0;
  start_and_run();
  exited(3);
  CAF_CHECK(state() == process_state::failed);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
  tell(start_process{"camera"});
  started(18);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(giving up pulls the cord when its reaction says so) {
  settings.on_failure = robot_reaction::emergency_stop;
  settings.restart.limit = 0;
  start_and_run();
  exited(3);
  CAF_CHECK(cord.pulled());
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
}

CAF_TEST(the emergency stop code is never restarted) {
  settings.restart.policy = restart_policy::always;
  start_and_run();
  exited(255);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  CAF_CHECK(!events->has("Process restarting"));
  CAF_CHECK(
    (last("Process failed").fields.back()
     == log_field{"reaction", to_string(robot_reaction::emergency_stop)}));
}

CAF_TEST(a good end is a reason for always alone) {
  for (auto policy : {restart_policy::on_failure, restart_policy::always}) {
    settings.restart.policy = policy;
    auto before = starts();
    start_and_run();
    exited(0);
    pass(1s);
    auto again = policy == restart_policy::always ? 1u : 0u;
    CAF_CHECK_EQUAL(starts() - before, 1 + again);
    self->send_exit(supervisor, caf::exit_reason::kill);
    sched.run();
    end_of(supervisor.address());
  }
}

CAF_TEST(a start that fails is tried again) {
  start();
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK((last("Process failed to start").fields.back()
             == log_field{"reaction", "restart"}));
  pass_delay(100ms);
  started(17);
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK(nothing_ended());
}

CAF_TEST(a start that fails is a state of its own when it is not tried again) {
  settings.on_failure = robot_reaction::ignore;
  settings.restart.policy = restart_policy::never;
  start();
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(state() == process_state::failed);
}

CAF_TEST(a healthy run takes the delay back to its start) {
  settings.restart.limit = 10;
  start_and_run();
  exited(3);
  pass_delay(100ms);
  started(18);
  pass(9s);
  exited(3);
  pass_delay(200ms);
  started(19);
  pass(10s);
  exited(3);
  pass_delay(100ms);
}

CAF_TEST(an order to stop ends it for good) {
  settings.restart.policy = restart_policy::always;
  start_and_run();
  exited(3);
  auto now = order(stop_process{"camera"});
  CAF_CHECK(now.state == process_state::exited);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
  // Nor is one started again that ends by itself while it is being stopped.
  tell(start_process{"camera"});
  started(18);
  tell(stop_process{"camera"});
  exited(0);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 2u);
}

CAF_TEST(an order to start does not wait for the delay) {
  start_and_run();
  exited(3);
  tell(start_process{"camera"});
  CAF_CHECK(state() == process_state::starting);
  started(18);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 2u);
  // Once is enough, and the delay begins anew.
  exited(3);
  tell(restart_process{"camera"});
  started(19);
  exited(3);
  pass_delay(100ms);
}

CAF_TEST(an order to start what runs forgives nothing) {
  settings.restart.limit = 1;
  start_and_run();
  exited(3);
  pass_delay(100ms);
  started(18);
  tell(start_process{"camera"});
  exited(3);
  CAF_CHECK(events->has("Process given up"));
}

CAF_TEST(a child that ends well too often is given up as failed) {
  settings.restart.policy = restart_policy::always;
  settings.restart.limit = 0;
  start_and_run();
  exited(0);
  CAF_CHECK(events->has("Process given up"));
  CAF_CHECK(end_of(supervisor.address()) == ec::process_failed);
}

CAF_TEST(a child that is terminated is not started again) {
  settings.restart.policy = restart_policy::always;
  start_and_run();
  tell(atom::terminate_v);
  exited(-15, ended_by::terminate);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
}

CAF_TEST(one that ends by itself when it is told to is not started again) {
  settings.restart.policy = restart_policy::always;
  start_and_run();
  tell(atom::terminate_v);
  exited(3);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
}

CAF_TEST(nothing starts again while the robot stops) {
  start_and_run();
  shut_down();
  exited(3);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
}

CAF_TEST(a stop while the delay runs is immediate) {
  start_and_run();
  exited(3);
  shut_down();
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
  pass(1h);
  CAF_CHECK_EQUAL(starts(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_restarts_suite
