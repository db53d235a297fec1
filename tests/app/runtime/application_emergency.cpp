// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_emergency

#include "tests/support/application_fixture.hpp"

using namespace rr;

namespace application_emergency_suite {
namespace {

using fixture = application_fixture;

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_emergency_tests, fixture)

CAF_TEST(an emergency stop stops every group at once) {
  process("camera");
  process("battery", {"camera"});
  process("student", {"battery"});
  start();
  started("camera");
  started("battery");
  started("student");
  raise("battery");
  CAF_CHECK(told("camera", "terminate"));
  CAF_CHECK(told("student", "terminate"));
  terminated("student");
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK_EQUAL(stop_reason(), "emergency stop by process battery");
  CAF_REQUIRE_EQUAL(events->count("Received emergency stop"), 1u);
  for (const auto& event : events->events())
    if (event.event == "Received emergency stop") {
      CAF_CHECK((event.level == log_level::critical));
      CAF_REQUIRE_EQUAL(event.fields.size(), 4u);
      CAF_CHECK((event.fields[0] == log_field{"process", "battery"}));
      CAF_CHECK((event.fields[1] == log_field{"pid", 17}));
      CAF_CHECK((event.fields[2] == log_field{"exit_code", 255}));
      CAF_CHECK_EQUAL(event.fields[3].name, "signal_latency_us");
    }
}

CAF_TEST(an emergency stop by a start that failed has no process id) {
  process("camera");
  start();
  cord.pull({"camera", "", 255});
  terminated("camera");
  auto all = events->events();
  auto stop = std::find_if(all.begin(), all.end(), [](const auto& x) {
    return x.event == "Received emergency stop";
  });
  CAF_REQUIRE(stop != all.end());
  CAF_CHECK((stop->fields[0] == log_field{"process", "camera"}));
  CAF_CHECK_EQUAL(stop->fields[1].name, "exit_code");
}

CAF_TEST(an emergency stop by the first and the last group is the same) {
  for (auto who : {"camera", "student"}) {
    CAF_MESSAGE("raised by " << who);
    fixture robot;
    robot.process("camera");
    robot.process("student", {"camera"});
    robot.start();
    robot.started("camera");
    robot.started("student");
    robot.raise(who);
    for (auto name : {"camera", "student"})
      if (name != std::string{who}) {
        CAF_CHECK(robot.told(name, "terminate"));
        robot.terminated(name);
      }
    CAF_CHECK_EQUAL(robot.exit_code(), 255);
  }
}

CAF_TEST(two children that raise the emergency stop at once are one stop) {
  process("camera");
  process("battery");
  start();
  started("camera");
  started("battery");
  cord.pull({"battery", "", 255});
  cord.pull({"camera", "", 255});
  starter.listeners.at("camera").exited({255, ended_by::itself});
  starter.listeners.at("battery").exited({255, ended_by::itself});
  sched.run();
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK_EQUAL(events->count("Received emergency stop"), 1u);
  CAF_CHECK_EQUAL(stop_reason(), "emergency stop by process battery");
}

CAF_TEST(an emergency stop while starting starts nothing more) {
  process("camera");
  process("student", {"camera"});
  start();
  cord.pull({"", "operator", 255});
  sched.run();
  CAF_CHECK(told("camera", "terminate"));
  terminated("camera");
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK_EQUAL(stop_reason(), "emergency stop by operator");
}

CAF_TEST(an emergency stop during an orderly stop wins) {
  process("camera");
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  stop();
  CAF_CHECK(!told("camera", "terminate"));
  cord.pull({"student", "", 255});
  exited("student", 255, ended_by::terminate);
  CAF_CHECK(told("camera", "terminate"));
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(a cord that is pulled as the last child ends still counts) {
  process("camera");
  start();
  started("camera");
  stop();
  cord.pull({"camera", "", 255});
  exited("camera", 255, ended_by::terminate);
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK(events->has("Received emergency stop"));
}

CAF_TEST(a second signal kills what is left and is exit code 1) {
  process("camera");
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  stop();
  self->send(app, atom::kill_v);
  sched.run();
  CAF_CHECK(told("camera", "kill"));
  CAF_CHECK(told("student", "kill"));
  exited("camera", -9, ended_by::kill);
  exited("student", -9, ended_by::kill);
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(a second signal in an emergency keeps the emergency stop code) {
  process("camera");
  start();
  started("camera");
  cord.pull({"", "operator", 255});
  sched.run();
  self->send(app, atom::kill_v);
  sched.run();
  exited("camera", -9, ended_by::kill);
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(an emergency stop exit from deep in the tree pulls the cord) {
  process("camera");
  start();
  started("camera");
  auto idle = [](caf::event_based_actor*) -> caf::behavior {
    return {[](int) {}};
  };
  auto middle = sys.spawn(idle);
  auto leaf = sys.spawn(idle);
  sched.run();
  caf::actor_cast<caf::event_based_actor*>(middle)->link_to(
    caf::actor_cast<caf::actor>(app));
  caf::actor_cast<caf::event_based_actor*>(leaf)->link_to(middle);
  self->send_exit(leaf, caf::make_error(ec::emergency_stop, "too hot"));
  sched.run();
  CAF_CHECK(cord.pulled());
  CAF_CHECK(told("camera", "terminate"));
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK(events->has("Received emergency stop"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_emergency_suite
