// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_watchdog

#include "tests/support/readiness_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_watchdog_suite {
namespace {

using orders = fake_child_starter::orders;
using fixture = readiness_fixture;

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_watchdog_tests, fixture)

CAF_TEST(one that feeds its watchdog lives) {
  start_with_watchdog();
  for (auto i = 0; i < 20; ++i) {
    elapse(500ms);
    beat();
  }
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK((told() == orders{"start"}));
}

CAF_TEST(one look at a time is due at a child) {
  start_with_watchdog();
  // Longer than it might have taken to become ready, which is looked at then.
  for (auto i = 0; i < 24; ++i) {
    elapse(500ms);
    beat();
  }
  CAF_CHECK_EQUAL(sched.clock().schedule().size(), 1u);
}

CAF_TEST(one that is silent for too long is ended as failed) {
  settings.restart.policy = restart_policy::on_failure;
  start_with_watchdog();
  elapse(500ms);
  beat();
  elapse(500ms);
  elapse(499ms);
  CAF_CHECK(state() == process_state::running);
  elapse(3ms);
  CAF_CHECK(state() == process_state::terminating);
  auto missed = last("Watchdog missed");
  CAF_CHECK(missed.level == log_level::error);
  CAF_CHECK(
    (missed.fields
     == log_fields{{"process", "camera"}, {"pid", 17}, {"late_ms", 2}}));
  exited(-15, ended_by::terminate);
  CAF_CHECK((field(last("Process failed"), "reason")
             == log_field{"reason", "watchdog missed"}));
  CAF_CHECK(state() == process_state::restarting);
  elapse(110ms);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(one that is silent is not started again once it is to end) {
  settings.restart.policy = restart_policy::on_failure;
  start_with_watchdog();
  elapse(1s);
  shut_down();
  exited(-15, ended_by::terminate);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
  CAF_CHECK(!events->has("Process restarting"));
}

CAF_TEST(the delay of a restart is not cut short by the time to terminate) {
  settings.restart.policy = restart_policy::on_failure;
  settings.restart.delay = 10s;
  settings.terminate_timeout = 2s;
  start_with_watchdog();
  elapse(1s);
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  elapse(3s);
  elapse(6s);
  CAF_CHECK(state() == process_state::restarting);
  elapse(2s);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(an emergency for a missed watchdog says so) {
  settings.on_failure = robot_reaction::emergency_stop;
  stop_cause cause;
  cord.observe([&](const stop_cord_pulled& fact) { cause = fact.cause; });
  start_with_watchdog();
  elapse(1s);
  exited(-15, ended_by::terminate);
  CAF_CHECK_EQUAL(cause.process, "camera");
  CAF_CHECK_EQUAL(cause.cause, "watchdog missed");
  CAF_CHECK(cause.kind == failsafe_cause::watchdog_missed);
}

CAF_TEST(the watchdog runs from readiness on) {
  settings.ready.watchdog = 1s;
  start_and_run();
  for (auto i = 0; i < 9; ++i)
    elapse(1s);
  CAF_CHECK(state() == process_state::starting);
  become_ready();
  elapse(999ms);
  CAF_CHECK(state() == process_state::running);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(a look that comes late gives the child its whole time anew) {
  start_with_watchdog();
  // The runtime stood still, and so did whoever reads heartbeats.
  elapse(1min);
  CAF_CHECK(state() == process_state::running);
  elapse(999ms);
  CAF_CHECK(state() == process_state::running);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(one that is silent is found by late looks as well) {
  start_with_watchdog();
  for (auto i = 0; i < 3; ++i) {
    elapse(2s);
    CAF_CHECK(state() == process_state::running);
  }
  elapse(2s);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(one that triggers its watchdog is ended at once) {
  start_with_watchdog();
  news().triggered = true;
  notify();
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK((last("Watchdog missed").fields.back() == log_field{"late_ms", 0}));
}

CAF_TEST(one may set another time for its watchdog and not none) {
  start_with_watchdog();
  news().watchdog = 5s;
  notify();
  elapse(1s);
  elapse(3999ms);
  CAF_CHECK(state() == process_state::running);
  news().watchdog = 100ms;
  notify();
  elapse(99ms);
  CAF_CHECK(state() == process_state::running);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(one that says that it stops need not beat but has to end) {
  start_with_watchdog();
  news().stopping = true;
  notify();
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK(!status().ready);
  elapse(1s);
  elapse(999ms);
  CAF_CHECK(state() == process_state::running);
  news().extension = 1h;
  news().ready = true;
  notify();
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  CAF_CHECK((field(last("Process failed"), "reason")
             == log_field{"reason", "did not stop in time"}));
}

CAF_TEST(one that says that it stops and ends does well) {
  start_with_watchdog();
  news().stopping = true;
  notify();
  elapse(1900ms);
  exited(0);
  CAF_CHECK(events->has("Process exited normally"));
  CAF_CHECK(state() == process_state::exited);
}

CAF_TEST(nothing is demanded of a child that is being stopped) {
  start_with_watchdog();
  tell(atom::terminate_v);
  elapse(1s);
  CAF_CHECK(!events->has("Watchdog missed"));
  exited(-15, ended_by::terminate);
  CAF_CHECK(events->has("Terminated process"));
  elapse(1h);
  CAF_CHECK(!events->has("Watchdog missed"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_watchdog_suite
