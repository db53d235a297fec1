// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_readiness

#include "tests/support/readiness_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_readiness_suite {
namespace {

using orders = fake_child_starter::orders;
using fixture = readiness_fixture;

auto fail = [](caf::error& what) { CAF_FAIL(describe(what)); };

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_readiness_tests, fixture)

CAF_TEST(one that says nothing is ready once it executes) {
  settings.ready.kind = readiness::started;
  start();
  CAF_CHECK(!status().ready);
  started(17);
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK(status().ready);
  CAF_CHECK(
    (last("Process ready").fields
     == log_fields{{"process", "camera"}, {"pid", 17}, {"after_ms", 0}}));
  elapse(1h);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(one that says when it is ready is starting until then) {
  start_and_run();
  CAF_CHECK(state() == process_state::starting);
  CAF_CHECK(!status().ready);
  CAF_CHECK(status().pid == 17);
  elapse(2s);
  auto before = status().since;
  become_ready();
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK(status().ready);
  CAF_CHECK(status().since > before);
  CAF_CHECK(
    (last("Process ready").fields.back() == log_field{"after_ms", 2000}));
  elapse(1h);
  become_ready();
  CAF_CHECK_EQUAL(events->count("Process ready"), 1u);
  CAF_CHECK((told() == orders{"start"}));
}

CAF_TEST(one that is not ready in time is ended as failed) {
  settings.restart.policy = restart_policy::on_failure;
  start_and_run();
  elapse(9999ms);
  CAF_CHECK(state() == process_state::starting);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
  elapse(2s);
  CAF_CHECK((told() == orders{"start", "terminate", "kill"}));
  exited(-9, ended_by::kill);
  auto failed = last("Process failed");
  CAF_CHECK(
    (field(failed, "reason") == log_field{"reason", "not ready in time"}));
  CAF_CHECK((field(failed, "signal") == log_field{"signal", "SIGKILL"}));
  CAF_CHECK((failed.fields.back() == log_field{"reaction", "restart"}));
  CAF_CHECK(!events->has("Killed process"));
  CAF_CHECK(
    (last("Process restarting").fields.back()
     == log_field{"reason", "process camera failed: not ready in time"}));
  CAF_CHECK(state() == process_state::restarting);
}

CAF_TEST(an end as failed is a failure whatever the exit code) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  elapse(10s);
  exited(0, ended_by::terminate);
  auto reason = end_of(supervisor.address());
  CAF_CHECK(reason == ec::process_failed);
  CAF_CHECK_EQUAL(describe(reason), "process camera failed: not ready in time");
}

CAF_TEST(one that is given up says why) {
  settings.restart.policy = restart_policy::on_failure;
  settings.restart.limit = 0;
  start_and_run();
  elapse(10s);
  exited(-15, ended_by::terminate);
  CAF_CHECK(
    (last("Process given up").fields.back()
     == log_field{"reason", "process camera failed: not ready in time"}));
  CAF_CHECK(state() == process_state::failed);
}

CAF_TEST(one that needs more time says so) {
  start_and_run();
  elapse(9s);
  news().extension = 20s;
  notify();
  elapse(19999ms);
  CAF_CHECK(state() == process_state::starting);
  // It never shortens the time.
  news().extension = 1us;
  notify();
  CAF_CHECK(state() == process_state::starting);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(its last word before its time is up counts) {
  start_and_run();
  elapse(9s);
  news().ready = true;
  elapse(1s);
  CAF_CHECK(state() == process_state::running);
}

CAF_TEST(an order to start is done when the process is ready) {
  spawn();
  auto pending = order(start_process{"camera"});
  started(17);
  CAF_CHECK(state() == process_state::starting);
  become_ready();
  pending.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::running);
      CAF_CHECK(x.ready);
    },
    fail);
}

CAF_TEST(an order to start fails with what never becomes ready) {
  spawn();
  auto pending = order(start_process{"camera"});
  started(17);
  exited(3);
  pending.receive([](const process_status&) { CAF_FAIL("unexpected success"); },
                  [](caf::error& what) {
                    CAF_CHECK(what == ec::process_failed);
                    CAF_CHECK_EQUAL(describe(what),
                                    "process camera exited with code 3");
                  });
}

CAF_TEST(an order does not wait for one that is not ready) {
  spawn();
  auto first = order(start_process{"camera"});
  started(17);
  CAF_CHECK(request_error<process_status>(supervisor, start_process{"camera"})
            == ec::process_already_started);
  auto second = order(stop_process{"camera"});
  first.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::starting);
      CAF_CHECK(!x.ready);
    },
    fail);
  CAF_CHECK((told() == orders{"start", "terminate"}));
  exited(-15, ended_by::terminate);
  second.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::exited);
    },
    fail);
}

CAF_TEST(an order that waited for the launcher does not wait for readiness) {
  spawn();
  auto first = order(start_process{"camera"});
  auto second = order(restart_process{"camera"});
  started(17);
  first.receive([](const process_status& x) { CAF_CHECK(x.pid == 17); }, fail);
  CAF_CHECK((told() == orders{"start", "terminate"}));
  exited(-15, ended_by::terminate);
  started(18);
  become_ready();
  second.receive([](const process_status& x) { CAF_CHECK(x.pid == 18); }, fail);
}

CAF_TEST(an order to stop what is ended as failed keeps it from restarting) {
  settings.restart.policy = restart_policy::always;
  start_and_run();
  elapse(10s);
  CAF_CHECK(state() == process_state::terminating);
  auto pending = order(stop_process{"camera"});
  exited(-15, ended_by::terminate);
  pending.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::exited);
    },
    fail);
  elapse(1h);
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
}

CAF_TEST(an order to restart starts one anew that is not ready in time once) {
  settings.restart.policy = restart_policy::on_failure;
  start_and_run();
  become_ready();
  auto pending = order(restart_process{"camera"});
  exited(-15, ended_by::terminate);
  started(18);
  elapse(10s);
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  pending.receive([](const process_status&) { CAF_FAIL("is not ready"); },
                  [](const caf::error& x) {
                    CAF_CHECK(x == ec::process_failed);
                  });
  // Its restarts are by the rule from now on.
  CAF_CHECK(state() == process_state::restarting);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(an order to stop what is ended as failed does not stop the robot) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  elapse(10s);
  auto pending = order(stop_process{"camera"});
  exited(-15, ended_by::terminate);
  pending.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::exited);
    },
    fail);
  CAF_CHECK(state() == process_state::exited);
}

CAF_TEST(what one child has said is not said of the next) {
  start_and_run();
  news().status = "calibrating";
  become_ready();
  CAF_CHECK_EQUAL(status().status_text, "calibrating");
  tell(restart_process{"camera"});
  exited(-15, ended_by::terminate);
  started(18);
  CAF_CHECK(status().status_text.empty());
  CAF_CHECK(!status().ready);
  // The clock runs anew, too.
  elapse(9999ms);
  CAF_CHECK(state() == process_state::starting);
  elapse(1ms);
  CAF_CHECK(state() == process_state::terminating);
}

CAF_TEST(what was refused is warned of) {
  start_and_run();
  news().refused = {"MAINPID=1: that is no process of this one's"};
  notify();
  auto told = last("Notification refused");
  CAF_CHECK(told.level == log_level::warning);
  CAF_CHECK(
    (told.fields.back()
     == log_field{"reason", "MAINPID=1: that is no process of this one's"}));
}

CAF_TEST(a stop of the robot does not wait for readiness) {
  start_and_run();
  shut_down();
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(a failing child that raises the emergency stop is heard) {
  start_and_run();
  elapse(10s);
  exited(255, ended_by::terminate);
  CAF_CHECK(cord.pulled());
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_readiness_suite
