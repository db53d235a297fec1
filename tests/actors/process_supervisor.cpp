// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_supervisor

#include "actors/process_supervisor.hpp"

#include "tests/fake_child_starter.hpp"

#include "tests/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace {

using orders = fake_child_starter::orders;

struct fixture : actor_fixture {
  fake_child_starter starter;
  stop_cord cord;
  process_settings settings;
  process_supervisor_actor supervisor;

  fixture() {
    settings.name = "camera";
    settings.command = {"camera-driver"};
    settings.terminate_timeout = 2s;
    settings.on_failure = robot_reaction::ignore;
  }

  ~fixture() override {
    self->send_exit(supervisor, caf::exit_reason::kill);
    supervisor = nullptr;
    run();
  }

  void spawn() {
    supervisor = sys.spawn(process_supervisor, settings, 255, &starter, &cord,
                           log);
    self->monitor(supervisor);
    run();
  }

  void start() {
    spawn();
    self->send(supervisor, atom::start_v);
    run();
  }

  void start_and_run() {
    start();
    started(17);
  }

  void started(int32_t pid) {
    starter.listeners.at("camera").started({pid});
    sched.run();
  }

  void start_failed(const std::string& why) {
    starter.listeners.at("camera").start_failed(
      {caf::make_error(ec::start_failed, why)});
    sched.run();
  }

  void exited(int32_t exit_code, ended_by cause = ended_by::itself) {
    starter.listeners.at("camera").exited({exit_code, cause});
    sched.run();
  }

  template <class... Ts>
  void tell(Ts... xs) {
    self->send(supervisor, xs...);
    sched.run();
  }

  void shut_down() {
    self->send_exit(supervisor, caf::exit_reason::user_shutdown);
    sched.run();
  }

  process_state state() {
    return status().state;
  }

  process_status status() {
    auto pending = self->request(supervisor, caf::infinite, atom::status_v);
    sched.run();
    process_status result;
    pending.receive([&](process_status& x) { result = std::move(x); },
                    [&](caf::error& what) { CAF_FAIL(describe(what)); });
    return result;
  }

  const orders& told() {
    return starter.told["camera"];
  }
};

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

CAF_TEST(an exit is reported whatever its code) {
  start_and_run();
  exited(3);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process exited normally");
  CAF_CHECK((last.level == log_level::info));
  CAF_CHECK(
    (last.fields
     == log_fields{{"process", "camera"}, {"pid", 17}, {"exit_code", 3}}));
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
  CAF_CHECK(state() == process_state::exited);
  CAF_CHECK(events->has("Process failed to start"));
}

CAF_TEST(the emergency stop code ends the supervisor with an emergency stop) {
  start_and_run();
  exited(255);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  CAF_CHECK(events->has("Process exited normally"));
  CAF_CHECK(cord.pulled());
}

CAF_TEST(an emergency stop that a terminated child raises counts) {
  start_and_run();
  shut_down();
  exited(255, ended_by::terminate);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
}

CAF_TEST(a failure stops the robot when its reaction says so) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  exited(1);
  auto reason = end_of(supervisor.address());
  CAF_CHECK(reason == ec::process_failed);
  CAF_CHECK_EQUAL(describe(reason), "process camera exited with code 1");
  CAF_CHECK(!cord.pulled());
}

CAF_TEST(death by a signal that nobody sent from here is a failure) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  exited(-11);
  auto reason = end_of(supervisor.address());
  CAF_CHECK(reason == ec::process_failed);
  CAF_CHECK_EQUAL(describe(reason), "process camera died by signal 11");
}

CAF_TEST(a failure pulls the cord when its reaction says so) {
  settings.on_failure = robot_reaction::emergency_stop;
  start_and_run();
  exited(1);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  CAF_CHECK(cord.pulled());
}

CAF_TEST(a start that fails is a failure) {
  settings.on_failure = robot_reaction::stop;
  start();
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(end_of(supervisor.address()) == ec::process_failed);
}

CAF_TEST(a failure that is ignored leaves the supervisor alive) {
  start_and_run();
  exited(1);
  CAF_CHECK(nothing_ended());
}

CAF_TEST(a good end stops the robot when its reaction says so) {
  settings.on_success = robot_reaction::stop;
  start_and_run();
  exited(0);
  CAF_CHECK(end_of(supervisor.address()) == ec::process_finished);
}

CAF_TEST(a child that is terminated has not failed) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  tell(atom::terminate_v);
  exited(-15, ended_by::terminate);
  CAF_CHECK(nothing_ended());
}

CAF_TEST(an exit message terminates the child before the supervisor quits) {
  start_and_run();
  shut_down();
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK(nothing_ended());
  exited(-15, ended_by::terminate);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(a failure while it is being stopped is not one) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  shut_down();
  exited(1);
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
  auto pending = self->request(supervisor, caf::infinite, atom::restart_v);
  sched.run();
  CAF_CHECK(state() == process_state::starting);
  started(18);
  pending.receive([](int32_t pid) { CAF_CHECK_EQUAL(pid, 18); },
                  [](caf::error& what) { CAF_FAIL(describe(what)); });
  auto known = status();
  CAF_CHECK(known.state == process_state::running);
  CAF_CHECK_EQUAL(known.restarts, 1u);
  CAF_CHECK(known.last_exit == 1);
}

CAF_TEST(a restart of a child that lives terminates it first) {
  start_and_run();
  tell(atom::restart_v);
  CAF_CHECK(state() == process_state::terminating);
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
  exited(-15, ended_by::terminate);
  CAF_CHECK(state() == process_state::starting);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(the time of one start is not that of the next) {
  start_and_run();
  tell(atom::restart_v);
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
  auto pending = self->request(supervisor, caf::infinite, atom::restart_v);
  sched.run();
  shut_down();
  pending.receive([](int32_t) { CAF_FAIL("unexpected success"); },
                  [](caf::error& what) {
                    CAF_CHECK(what == ec::robot_stopping);
                  });
  exited(-15, ended_by::terminate);
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
