// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_order

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_order_suite {
namespace {

using names = std::vector<std::string>;

struct fixture : application_fixture {
  fixture() {
    process("drive").ready.kind = readiness::notify;
    process("student", {"drive"});
    settings.processes[0].on_failure = robot_reaction::ignore;
  }

  void ready(const std::string& name) {
    starter.news[name].ready = true;
    starter.listeners.at(name).notified();
    sched.run();
  }

  process_status student() {
    return status().processes[1];
  }

  bool student_started() const {
    return std::count(starter.started.begin(), starter.started.end(), "student")
           == 1;
  }

  template <class Order>
  void order(Order what) {
    self->send(app, what);
    sched.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_order_tests, fixture)

CAF_TEST(a process waits until those before it are ready) {
  start();
  started("drive");
  CAF_CHECK(!student_started());
  CAF_CHECK(student().state == process_state::waiting);
  CAF_CHECK((student().waiting_for == names{"drive"}));
  CAF_CHECK_EQUAL(status().state, "starting");
  elapse(2s);
  ready("drive");
  CAF_CHECK(student_started());
  CAF_CHECK(student().state == process_state::starting);
  CAF_CHECK(student().waiting_for.empty());
  CAF_CHECK_EQUAL(status().state, "starting");
  elapse(1s);
  started("student");
  CAF_CHECK_EQUAL(status().state, "running");
  auto all = status().processes;
  CAF_CHECK(all[0].startup.began == caf::timespan{0});
  CAF_CHECK(all[0].startup.ready == caf::timespan{2s});
  CAF_CHECK(all[1].startup.began == caf::timespan{2s});
  CAF_CHECK(all[1].startup.ready == caf::timespan{3s});
  CAF_CHECK((all[1].startup.after == names{"drive"}));
}

CAF_TEST(one whose predecessor fails goes on waiting until that is ready) {
  start();
  started("drive");
  exited("drive", 1);
  elapse(1min);
  CAF_CHECK(!student_started());
  CAF_CHECK(student().state == process_state::waiting);
  // Nothing is on its way.
  CAF_CHECK_EQUAL(status().state, "running");
  order(start_process{"drive"});
  started("drive");
  CAF_CHECK(!student_started());
  ready("drive");
  CAF_CHECK(student_started());
}

CAF_TEST(one waits while its predecessor is restarted) {
  settings.processes[0].restart.policy = restart_policy::on_failure;
  start();
  started("drive");
  exited("drive", 1);
  CAF_CHECK_EQUAL(status().state, "starting");
  elapse(110ms);
  started("drive");
  CAF_CHECK(!student_started());
  ready("drive");
  CAF_CHECK(student_started());
  started("student");
  // A later restart does not touch those that run.
  exited("drive", 1);
  elapse(220ms);
  started("drive");
  ready("drive");
  CAF_CHECK(!told("student", "terminate"));
  CAF_CHECK(student_started());
}

CAF_TEST(one whose predecessor was stopped by an order goes on waiting) {
  start();
  started("drive");
  order(stop_process{"drive"});
  exited("drive", 0, ended_by::terminate);
  CAF_CHECK(!student_started());
  CAF_CHECK(student().state == process_state::waiting);
}

CAF_TEST(one that has done its work well lets others start) {
  settings.processes[0].ready.kind = readiness::started;
  process("late", {"drive", "slow"});
  process("slow").ready.kind = readiness::notify;
  start();
  started("slow");
  started("drive");
  exited("drive", 0);
  ready("slow");
  CAF_CHECK_EQUAL(starter.started.back(), "late");
}

CAF_TEST(an order stops one that waits) {
  start();
  started("drive");
  order(stop_process{"student"});
  CAF_CHECK(student().state == process_state::idle);
  CAF_CHECK(student().waiting_for.empty());
  ready("drive");
  CAF_CHECK(!student_started());
  CAF_CHECK_EQUAL(status().state, "running");
  order(start_process{"student"});
  CAF_CHECK(student_started());
}

CAF_TEST(an order starts one that waits whatever it waits for) {
  start();
  started("drive");
  order(start_process{"student"});
  CAF_CHECK(student_started());
  started("student");
  ready("drive");
  CAF_CHECK(student_started());
  CAF_CHECK(student().state == process_state::running);
}

CAF_TEST(a stop starts nothing that waits) {
  start();
  started("drive");
  stop();
  CAF_CHECK(told("drive", "terminate"));
  ready("drive");
  terminated("drive");
  CAF_CHECK(!student_started());
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(an emergency stop starts nothing that waits) {
  start();
  started("drive");
  cord.pull({"", "operator", 255});
  ready("drive");
  terminated("drive");
  CAF_CHECK(!student_started());
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(
  a process that is not ready in time stops the robot as one that fails) {
  settings.processes[0].on_failure = robot_reaction::emergency_stop;
  start();
  started("drive");
  elapse(10s);
  CAF_CHECK(told("drive", "terminate"));
  terminated("drive");
  CAF_CHECK(cord.pulled());
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_order_suite
