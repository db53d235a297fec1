// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_stop

#include <functional>

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_stop_suite {
namespace {

struct fixture : application_fixture {
  int stops = 0;
  int hangs = 0;

  fixture() {
    settings.stop_timeout = 5s;
    settings.on_stop = [this] { ++stops; };
    settings.on_hang = [this] { ++hangs; };
  }

  /// An actor that does not end when it is told to.
  void add_hanging(const std::string& name, stop_stage stage) {
    auto make = [](caf::local_actor* parent, const application_actor&) {
      return parent->spawn([](caf::event_based_actor* actor) {
        actor->set_exit_handler([](const caf::exit_msg&) {});
        return caf::behavior{[](int) {}};
      });
    };
    settings.resources.push_back({name, stage, make});
  }

  void pass(caf::timespan time) {
    advance_time(time);
    sched.run();
  }

  /// The actors that `Unhandled error` has named.
  std::vector<std::string> named() const {
    std::vector<std::string> result;
    for (const auto& event : events->events())
      if (event.event == "Unhandled error")
        result.push_back(std::get<std::string>(event.fields.at(0).value));
    return result;
  }

  std::vector<log_event> all_last_words() const {
    auto result = events->events();
    std::erase_if(result, [](const log_event& x) {
      return x.event != "Application is exiting";
    });
    return result;
  }

  log_event last_words() const {
    auto all = all_last_words();
    CAF_REQUIRE(!all.empty());
    return all.back();
  }
};

using names = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_stop_tests, fixture)

CAF_TEST(an orderly stop ends what hangs after its time - out) {
  add_hanging("stuck", stop_stage::services);
  start();
  stop();
  CAF_CHECK_EQUAL(stops, 1);
  pass(4999ms);
  CAF_CHECK(nothing_ended());
  pass(1ms);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(hangs, 1);
  CAF_CHECK_EQUAL(exit_code(), 1);
  CAF_CHECK((last_words().level == log_level::error));
  CAF_CHECK((last_words().fields
             == log_fields{{"reason", "SIGTERM"}, {"exit_code", 1}}));
}

CAF_TEST(a stop that goes well says so) {
  start();
  stop();
  CAF_CHECK_EQUAL(exit_code(), 0);
  CAF_CHECK_EQUAL(hangs, 0);
  CAF_CHECK((last_words().level == log_level::info));
  CAF_CHECK((last_words().fields
             == log_fields{{"reason", "SIGTERM"}, {"exit_code", 0}}));
}

CAF_TEST(the time counts only once no child is waited for) {
  process("camera").terminate_timeout = 60s;
  add_hanging("stuck", stop_stage::services);
  start();
  started("camera");
  stop();
  pass(59s);
  CAF_CHECK(nothing_ended());
  terminated("camera");
  pass(4999ms);
  CAF_CHECK(nothing_ended());
  CAF_CHECK(named().empty());
  pass(1ms);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(the time that children had ends nothing else) {
  process("camera").terminate_timeout = 2s;
  add_hanging("stuck", stop_stage::services);
  start();
  started("camera");
  stop();
  pass(6s);
  terminated("camera");
  // Over which a supervisor would have been taken to hang.
  pass(4999ms);
  CAF_CHECK(named().empty());
  CAF_CHECK(nothing_ended());
  pass(1ms);
  CAF_CHECK((named() == names{"stuck"}));
}

CAF_TEST(the time is for all that is no child together) {
  add_hanging("first", stop_stage::services);
  add_hanging("second", stop_stage::routing);
  start();
  stop();
  pass(5s);
  CAF_CHECK((named() == names{"first"}));
  CAF_CHECK(nothing_ended());
  pass(1s);
  CAF_CHECK((named() == names{"first", "second"}));
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(the time that the last output of children takes is not for others) {
  struct slow_starter : fake_child_starter {
    std::function<void()> pass;

    void flush_output() noexcept override {
      pass();
    }
  };
  slow_starter slow;
  slow.pass = [this] { sched.clock().current_time += 6s; };
  settings.starter = &slow;
  add_hanging("stuck", stop_stage::log_publishing);
  start();
  stop();
  pass(0s);
  CAF_CHECK(named().empty());
  pass(5999ms);
  CAF_CHECK(named().empty());
  CAF_CHECK(nothing_ended());
  pass(1ms);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(hangs, 1);
}

CAF_TEST(a supervisor that hangs holds up no stop) {
  process("camera").terminate_timeout = 2s;
  start();
  started("camera");
  stop();
  pass(6999ms);
  CAF_CHECK(nothing_ended());
  pass(1ms);
  CAF_CHECK((named() == names{"process camera"}));
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(an emergency stop while an actor hangs is told by the exit code) {
  add_hanging("stuck", stop_stage::services);
  start();
  stop();
  pass(1s);
  cord.pull({"", "a person", 255});
  sched.run();
  CAF_CHECK(nothing_ended());
  pass(1s);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK((last_words().fields.at(1) == log_field{"exit_code", 255}));
}

CAF_TEST(a child that raises an emergency stop in an orderly one is heard) {
  process("camera");
  start();
  started("camera");
  stop();
  cord.pull({"camera", "", 255});
  exited("camera", 255, ended_by::terminate);
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(the end waits until it has heard of a cord that has been pulled) {
  app = sys.spawn(application, settings);
  self->monitor(app);
  self->send(app, atom::start_v);
  sched.run();
  // Whoever observes it has not told yet.
  cord.pull({"", "a person", 255});
  stop();
  CAF_CHECK(nothing_ended());
  self->send(app, stop_cord_pulled{{"", "a person", 255}, 0});
  sched.run();
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(a cord that is pulled after the last words is told by others) {
  add_hanging("stuck", stop_stage::log_publishing);
  start();
  stop();
  CAF_CHECK((last_words().fields.at(1) == log_field{"exit_code", 0}));
  CAF_CHECK(nothing_ended());
  cord.pull({"", "a person", 255});
  sched.run();
  pass(1s);
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK((all_last_words().size() == 2));
  CAF_CHECK((last_words().level == log_level::error));
  CAF_CHECK((last_words().fields.at(1) == log_field{"exit_code", 255}));
}

CAF_TEST(a second signal leaves no more than a moment to what hangs) {
  add_hanging("stuck", stop_stage::services);
  start();
  stop();
  self->send(app, atom::kill_v);
  sched.run();
  pass(1s);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(further signals leave no further moment) {
  add_hanging("stuck", stop_stage::services);
  start();
  stop();
  for (auto i = 0; i < 40; ++i) {
    self->send(app, atom::kill_v);
    sched.run();
    pass(20ms);
  }
  // Of the stop in order, of the moment, and of the health check.
  CAF_CHECK_LESS(sched.clock().schedule().size(), 4u);
  pass(200ms);
  CAF_CHECK((named() == names{"stuck"}));
  CAF_CHECK_EQUAL(exit_code(), 1);
}

CAF_TEST(a stop by a failed child that ends in order says why) {
  process("camera");
  start();
  started("camera");
  exited("camera", 3);
  CAF_CHECK_EQUAL(exit_code(), 1);
  CAF_CHECK((last_words().level == log_level::error));
  CAF_CHECK((last_words().fields.at(1) == log_field{"exit_code", 1}));
}

CAF_TEST(no order starts anything while the robot stops) {
  process("camera");
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  exited("camera", 0);
  stop();
  CAF_REQUIRE(told("student", "terminate"));
  // Its supervisor has not been told to end yet.
  self->send(app, start_process{"camera"});
  self->send(app, restart_process{"camera"});
  sched.run();
  CAF_CHECK_EQUAL(starter.started, (names{"camera", "student"}));
  for (const auto* name : {"camera", "unknown"})
    CAF_CHECK(request_error<process_status>(app, start_process{name})
              == ec::robot_stopping);
}

CAF_TEST(
  a process whose start is on its way when a stop begins is not started) {
  process("camera");
  app = sys.spawn(application, settings);
  self->monitor(app);
  self->send(app, atom::start_v);
  self->send(app, atom::stop_v, std::string{"SIGTERM"});
  sched.run();
  CAF_CHECK(starter.started.empty());
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a child that fails while others are stopped is not started again) {
  process("camera").restart.policy = restart_policy::always;
  settings.processes[0].on_failure = robot_reaction::emergency_stop;
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  stop();
  CAF_REQUIRE(told("student", "terminate"));
  exited("camera", 1);
  pass(1s);
  CAF_CHECK((starter.started == names{"camera", "student"}));
  CAF_CHECK(!cord.pulled());
  terminated("student");
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a delay before a restart ends nothing once a stop has begun) {
  process("camera").restart.policy = restart_policy::always;
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  exited("camera", 1);
  stop();
  pass(60s);
  CAF_CHECK((starter.started == names{"camera", "student"}));
}

CAF_TEST(an order to restart under way when a stop begins is refused) {
  process("camera");
  process("student", {"camera"});
  start();
  started("camera");
  started("student");
  auto pending = self->request(app, caf::infinite, restart_process{"camera"});
  sched.run();
  stop();
  terminated("camera");
  CAF_CHECK((starter.started == names{"camera", "student"}));
  pending.receive(
    [](const process_status&) { CAF_FAIL("it has been started anew"); },
    [](caf::error& what) { CAF_CHECK_EQUAL(what, ec::robot_stopping); });
}

CAF_TEST(what was known of a process is told until the robot has stopped) {
  process("camera").restart = {restart_policy::always};
  process("arm");
  process("lamp", {"arm"});
  start();
  started("camera");
  exited("camera", 3);
  pass(1min);
  started("camera");
  auto before = std::chrono::system_clock::now();
  stop();
  terminated("camera");
  auto all = status();
  CAF_CHECK_EQUAL(all.state, "stopping");
  CAF_REQUIRE_EQUAL(all.processes.size(), 3u);
  const auto& camera = all.processes[0];
  CAF_CHECK(camera.state == process_state::exited);
  CAF_CHECK(camera.since >= before);
  CAF_CHECK_EQUAL(camera.last_exit, -15);
  CAF_CHECK_EQUAL(camera.restarts, 1u);
  CAF_CHECK(!camera.pid);
  CAF_CHECK_EQUAL(camera.startup.after.size(), 0u);
  CAF_CHECK(all.processes[1].state == process_state::terminating);
  // Never started.
  const auto& lamp = all.processes[2];
  CAF_CHECK(lamp.state == process_state::exited);
  CAF_CHECK(lamp.since >= before);
  CAF_CHECK(!lamp.last_exit);
  terminated("arm");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_stop_suite
