// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_supervisor

#include "tests/support/supervisor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace process_supervisor_suite {
namespace {

using orders = fake_child_starter::orders;
using fixture = supervisor_fixture;

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_supervisor_tests, fixture)

CAF_TEST(a start is answered with the pid once the program executes) {
  spawn();
  CAF_CHECK(state() == process_state::idle);
  auto pending = self->request(supervisor, caf::infinite, atom::start_v);
  run();
  CAF_CHECK(state() == process_state::starting);
  started(17);
  pending.receive([](int32_t pid) { CAF_CHECK_EQUAL(pid, 17); },
                  [](caf::error& what) { CAF_FAIL(describe(what)); });
  CAF_CHECK(state() == process_state::running);
  CAF_CHECK_EQUAL(events->count("Process started"), 1u);
  CAF_CHECK((events->events()[0].fields
             == log_fields{{"process", "camera"}, {"pid", 17}}));
}

CAF_TEST(a process is not started twice) {
  start_and_run();
  auto what = request_error<int32_t>(supervisor, atom::start_v);
  CAF_CHECK(what == ec::process_already_started);
  CAF_CHECK_EQUAL(describe(what), "process camera has been started already");
  exited(0);
  CAF_CHECK(request_error<int32_t>(supervisor, atom::start_v)
            == ec::process_already_started);
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
}

CAF_TEST(the exit of a process that never started is an error) {
  spawn();
  CAF_CHECK(request_error<int32_t>(supervisor, atom::wait_v)
            == ec::process_not_started);
  CAF_CHECK(request_error<int32_t>(supervisor, atom::exit_code_v)
            == ec::process_not_started);
}

CAF_TEST(the exit of a running process is an error to ask for) {
  start_and_run();
  CAF_CHECK(request_error<int32_t>(supervisor, atom::exit_code_v)
            == ec::process_running);
}

CAF_TEST(whoever waits is answered with the exit code) {
  start_and_run();
  auto first = self->request(supervisor, caf::infinite, atom::wait_v);
  auto second = self->request(supervisor, caf::infinite, atom::wait_v);
  run();
  exited(3);
  auto check = [](int32_t code) { CAF_CHECK_EQUAL(code, 3); };
  auto fail = [](caf::error& what) { CAF_FAIL(describe(what)); };
  first.receive(check, fail);
  second.receive(check, fail);
  CAF_CHECK_EQUAL(request<int32_t>(supervisor, atom::wait_v), 3);
  CAF_CHECK_EQUAL(request<int32_t>(supervisor, atom::exit_code_v), 3);
}

CAF_TEST(a good end is reported as one) {
  start_and_run();
  exited(0);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process exited normally");
  CAF_CHECK((last.level == log_level::info));
  CAF_CHECK(
    (last.fields
     == log_fields{{"process", "camera"}, {"pid", 17}, {"exit_code", 0}}));
}

CAF_TEST(an exit with another code is reported as a failure) {
  start_and_run();
  exited(3);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process failed");
  CAF_CHECK((last.level == log_level::error));
  CAF_CHECK((last.fields
             == log_fields{{"process", "camera"},
                           {"pid", 17},
                           {"exit_code", 3},
                           {"core_dumped", false},
                           {"reaction", "none"}}));
  auto known = status();
  CAF_CHECK(known.state == process_state::exited);
  CAF_CHECK(!known.pid);
  CAF_CHECK(known.last_exit == 3);
}

CAF_TEST(terminate gives the child its time) {
  start_and_run();
  tell(atom::terminate_v);
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK((told() == orders{"start", "terminate"}));
  advance_time(1999ms);
  sched.run();
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  CAF_CHECK(state() == process_state::exited);
  CAF_CHECK(events->has("Terminated process"));
  CAF_CHECK((told() == orders{"start", "terminate", "drop"}));
}

CAF_TEST(a child that ignores the signal is killed at its time - out) {
  start_and_run();
  tell(atom::terminate_v);
  advance_time(2s);
  sched.run();
  CAF_CHECK(state() == process_state::killing);
  CAF_CHECK((told() == orders{"start", "terminate", "kill"}));
  exited(-9, ended_by::kill);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Killed process");
  CAF_CHECK((last.level == log_level::error));
  CAF_CHECK((last.fields == log_fields{{"process", "camera"}, {"pid", 17}}));
}

CAF_TEST(a second terminate gives the child no further time) {
  start_and_run();
  tell(atom::terminate_v);
  elapse(1s);
  tell(atom::terminate_v);
  shut_down();
  CAF_CHECK((told() == orders{"start", "terminate"}));
  elapse(1s);
  CAF_CHECK((told() == orders{"start", "terminate", "kill"}));
  tell(atom::terminate_v);
  CAF_CHECK(state() == process_state::killing);
  CAF_CHECK((told() == orders{"start", "terminate", "kill"}));
}

CAF_TEST(a child that exits while it is being terminated is not killed) {
  start_and_run();
  tell(atom::terminate_v);
  exited(0, ended_by::terminate);
  advance_time(10s);
  run();
  CAF_CHECK((told() == orders{"start", "terminate", "drop"}));
  CAF_CHECK(!events->has("Killed process"));
}

CAF_TEST(terminate and kill mean nothing before the start and after the end) {
  spawn();
  tell(atom::terminate_v);
  tell(atom::kill_v);
  CAF_CHECK(told().empty());
  self->send(supervisor, atom::start_v);
  run();
  started(17);
  exited(0);
  tell(atom::terminate_v);
  tell(atom::kill_v);
  CAF_CHECK((told() == orders{"start", "drop"}));
}

CAF_TEST(kill does not wait) {
  start_and_run();
  tell(atom::kill_v);
  CAF_CHECK(state() == process_state::killing);
  CAF_CHECK((told() == orders{"start", "kill"}));
}

CAF_TEST(a terminate that arrives while starting is carried out) {
  start();
  tell(atom::terminate_v);
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK((told() == orders{"start", "terminate"}));
  started(17);
  CAF_CHECK(state() == process_state::terminating);
  exited(-15, ended_by::terminate);
  CAF_CHECK(state() == process_state::exited);
}

CAF_TEST(a start that fails is reported and answered) {
  spawn();
  auto pending = self->request(supervisor, caf::infinite, atom::start_v);
  auto waiting = self->request(supervisor, caf::infinite, atom::wait_v);
  run();
  start_failed("cannot execute /nowhere: no such file or directory");
  auto none = [](int32_t) { CAF_FAIL("unexpected success"); };
  pending.receive(none, [](caf::error& what) {
    CAF_CHECK_EQUAL(describe(what),
                    "cannot execute /nowhere: no such file or directory");
  });
  waiting.receive(none, [](caf::error& what) {
    CAF_CHECK(what == ec::process_not_started);
  });
  CAF_CHECK(state() == process_state::failed);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process failed to start");
  CAF_CHECK((last.level == log_level::error));
  CAF_CHECK((last.fields.back() == log_field{"reaction", "none"}));
}

CAF_TEST(an exit message terminates the child before the supervisor quits) {
  start_and_run();
  shut_down();
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK(nothing_ended());
  exited(-15, ended_by::terminate);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(an exit message ends a supervisor without a child at once) {
  spawn();
  shut_down();
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(a restart of a child that has ended starts it anew) {
  start_and_run();
  exited(1);
  auto pending = self->request(supervisor, caf::infinite,
                               restart_process{"camera"});
  sched.run();
  CAF_CHECK(state() == process_state::starting);
  started(18);
  pending.receive([](const process_status& x) { CAF_CHECK(x.pid == 18); },
                  [](caf::error& what) { CAF_FAIL(describe(what)); });
  auto known = status();
  CAF_CHECK(known.state == process_state::running);
  CAF_CHECK_EQUAL(known.restarts, 1u);
  CAF_CHECK(known.last_exit == 1);
}

CAF_TEST(a restart of a child that lives terminates it first) {
  start_and_run();
  tell(restart_process{"camera"});
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
  exited(-15, ended_by::terminate);
  CAF_CHECK(state() == process_state::starting);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(the time of one start is not that of the next) {
  start_and_run();
  tell(restart_process{"camera"});
  exited(-15, ended_by::terminate);
  started(18);
  advance_time(1999ms);
  sched.run();
  tell(atom::terminate_v);
  advance_time(1ms);
  sched.run();
  CAF_CHECK(state() == process_state::terminating);
  advance_time(1999ms);
  sched.run();
  CAF_CHECK(state() == process_state::killing);
}

CAF_TEST(a stop counts more than a restart) {
  start_and_run();
  auto pending = self->request(supervisor, caf::infinite,
                               restart_process{"camera"});
  sched.run();
  shut_down();
  exited(-15, ended_by::terminate);
  pending.receive([](const process_status&) { CAF_FAIL("unexpected success"); },
                  [](caf::error& what) {
                    CAF_CHECK(what == ec::robot_stopping);
                  });
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(its own end lets go of the child) {
  start_and_run();
  self->send_exit(supervisor, caf::exit_reason::kill);
  run();
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::kill);
  CAF_CHECK((told() == orders{"start", "drop"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_supervisor_suite
