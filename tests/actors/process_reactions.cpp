// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_reactions

#include "tests/support/supervisor_fixture.hpp"

using namespace rr;

namespace process_reactions_suite {
namespace {

struct fixture : supervisor_fixture {
  std::vector<stop_cause> causes;

  fixture() {
    cord.observe(
      [this](const stop_cord_pulled& fact) { causes.push_back(fact.cause); });
  }
};

using stop_causes = std::vector<stop_cause>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_reactions_tests, fixture)

CAF_TEST(the emergency stop code ends the supervisor with an emergency stop) {
  start_and_run();
  exited(255);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process failed");
  CAF_CHECK((last.fields.back() == log_field{"reaction", "emergency stop"}));
  CAF_CHECK((causes == stop_causes{{"camera", "", 255, 17}}));
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
  CAF_CHECK_EQUAL(describe(reason), "process camera died by SIGSEGV");
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process failed");
  CAF_CHECK((last.fields
             == log_fields{{"process", "camera"},
                           {"pid", 17},
                           {"exit_code", -11},
                           {"signal", "SIGSEGV"},
                           {"core_dumped", false},
                           {"reaction", "stop"}}));
}

CAF_TEST(what the bridge knows of a failure counts whatever the exit code) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  starter.listeners.at("camera").exited(
    {.exit_code = 0, .reason = "memory limit of 1048576 bytes reached"});
  sched.run();
  auto reason = end_of(supervisor.address());
  CAF_CHECK(reason == ec::process_failed);
  CAF_CHECK_EQUAL(describe(reason), "process camera failed: memory limit of "
                                    "1048576 bytes reached");
  auto last = events->events().back();
  CAF_CHECK_EQUAL(last.event, "Process failed");
  CAF_CHECK((last.fields
             == log_fields{{"process", "camera"},
                           {"pid", 17},
                           {"exit_code", 0},
                           {"core_dumped", false},
                           {"reason", "memory limit of 1048576 bytes reached"},
                           {"reaction", "stop"}}));
}

CAF_TEST(a core that was dumped is told of) {
  start_and_run();
  starter.listeners.at("camera").exited({-6, ended_by::itself, true});
  sched.run();
  CAF_CHECK((events->events().back().fields
             == log_fields{{"process", "camera"},
                           {"pid", 17},
                           {"exit_code", -6},
                           {"signal", "SIGABRT"},
                           {"core_dumped", true},
                           {"reaction", "none"}}));
}

CAF_TEST(a failure pulls the cord when its reaction says so) {
  settings.on_failure = robot_reaction::emergency_stop;
  start_and_run();
  exited(1);
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  CAF_CHECK(
    (causes
     == stop_causes{{"camera", "", 1, 17, failsafe_cause::child_failed}}));
}

CAF_TEST(a start that fails pulls the cord without a process id) {
  settings.on_failure = robot_reaction::emergency_stop;
  start();
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(end_of(supervisor.address()) == ec::emergency_stop);
  CAF_CHECK(
    (causes
     == stop_causes{{"camera", "", 255, 0, failsafe_cause::child_failed}}));
}

CAF_TEST(a start that fails says nothing of an earlier end) {
  settings.on_success = robot_reaction::ignore;
  settings.on_failure = robot_reaction::emergency_stop;
  start_and_run();
  exited(0);
  tell(start_process{"camera"});
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(
    (causes
     == stop_causes{{"camera", "", 255, 0, failsafe_cause::child_failed}}));
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

CAF_TEST(a failure while it is being stopped is not one) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  shut_down();
  exited(1);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_reactions_suite
