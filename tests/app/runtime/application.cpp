// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_suite {
namespace {

using names = std::vector<std::string>;
using fixture = application_fixture;

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_tests, fixture)

CAF_TEST(each process starts when those before it have) {
  process("camera");
  process("student", {"camera"});
  process("lidar");
  start();
  CAF_CHECK((starter.started == names{"camera", "lidar"}));
  started("lidar");
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
  started("camera");
  CAF_CHECK((starter.started == names{"camera", "lidar", "student"}));
}

CAF_TEST(it is told once when all have been started) {
  auto told = 0;
  settings.on_running = [&] { ++told; };
  process("camera").on_failure = robot_reaction::ignore;
  process("student", {"camera"});
  start();
  started("camera");
  CAF_CHECK_EQUAL(told, 0);
  started("student");
  CAF_CHECK_EQUAL(told, 1);
  stop();
  terminated("student");
  terminated("camera");
  CAF_CHECK_EQUAL(told, 1);
}

CAF_TEST(a stop before all have been started is no running) {
  auto told = 0;
  settings.on_running = [&] { ++told; };
  process("camera");
  start();
  stop();
  started("camera");
  terminated("camera");
  CAF_CHECK_EQUAL(told, 0);
}

CAF_TEST(a start that fails keeps those from starting that come after it) {
  process("camera").on_failure = robot_reaction::ignore;
  process("student", {"camera"});
  process("lidar");
  process("map", {"lidar"});
  start();
  starter.listeners.at("camera").start_failed(
    {caf::make_error(ec::start_failed, "no such program")});
  started("lidar");
  CAF_CHECK((starter.started == names{"camera", "lidar", "map"}));
}

CAF_TEST(a stop goes through the groups in reverse order of start) {
  process("camera");
  process("lidar");
  process("student", {"camera"});
  start();
  started("camera");
  started("lidar");
  started("student");
  stop();
  CAF_CHECK(told("student", "terminate"));
  CAF_CHECK(!told("camera", "terminate"));
  terminated("student");
  CAF_CHECK(told("camera", "terminate"));
  CAF_CHECK(told("lidar", "terminate"));
  terminated("camera");
  CAF_CHECK(nothing_ended());
  CAF_CHECK(!starter.flushed);
  terminated("lidar");
  CAF_CHECK(starter.flushed);
  CAF_CHECK_EQUAL(exit_code(), 0);
  CAF_CHECK_EQUAL(stop_reason(), "SIGTERM");
}

CAF_TEST(a robot without children runs until it is stopped) {
  start();
  CAF_CHECK(nothing_ended());
  stop();
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a stop while starting starts nothing more) {
  process("camera");
  process("student", {"camera"});
  start();
  stop();
  CAF_CHECK(told("camera", "terminate"));
  started("camera");
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a child that ignores the signal is killed in time) {
  process("camera").terminate_timeout = 2s;
  start();
  started("camera");
  stop();
  advance_time(2s);
  sched.run();
  CAF_CHECK(told("camera", "kill"));
  exited("camera", -9, ended_by::kill);
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a child that fails stops the robot with exit code 1) {
  process("camera");
  process("lidar");
  start();
  started("camera");
  started("lidar");
  exited("camera", 3);
  CAF_CHECK(told("lidar", "terminate"));
  terminated("lidar");
  CAF_CHECK_EQUAL(exit_code(), 1);
  CAF_CHECK_EQUAL(stop_reason(), "process camera exited with code 3");
}

CAF_TEST(a child that ends well stops the robot when told to) {
  process("camera").on_success = robot_reaction::stop;
  process("lidar");
  start();
  started("camera");
  started("lidar");
  exited("camera", 0);
  terminated("lidar");
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a child that ends is no reason to stop when it is ignored) {
  process("camera");
  start();
  started("camera");
  exited("camera", 0);
  CAF_CHECK(nothing_ended());
}

CAF_TEST(an actor that dies of an exception stops the robot and is named) {
  process("camera");
  process("lidar");
  starter.fail_on = "lidar";
  start();
  CAF_CHECK(events->has("Unhandled error"));
  CAF_CHECK(told("camera", "terminate"));
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 1);
  CAF_CHECK_EQUAL(stop_reason().substr(0, 33),
                  "process lidar ended unexpectedly:");
}

CAF_TEST(health is reported at the start and at every interval) {
  settings.health_interval = 10s;
  start();
  CAF_CHECK_EQUAL(events->count("Health check"), 1u);
  advance_time(10s);
  sched.run();
  advance_time(10s);
  sched.run();
  CAF_CHECK_EQUAL(events->count("Health check"), 3u);
  auto fields = events->events().back().fields;
  CAF_REQUIRE_EQUAL(fields.size(), 4u);
  CAF_CHECK_EQUAL(fields[0].name, "thread_count");
  CAF_CHECK_EQUAL(fields[1].name, "actor_count");
  CAF_CHECK_EQUAL(fields[2].name, "process_count");
  CAF_CHECK_EQUAL(fields[3].name, "resident_kib");
}

CAF_TEST(status tells of every process in the configured order) {
  process("student", {"camera"});
  process("camera");
  start();
  started("camera");
  auto pending = self->request(app, caf::infinite, atom::status_v);
  sched.run();
  pending.receive(
    [](const robot_status& status) {
      CAF_CHECK_EQUAL(status.state, "starting");
      const auto& all = status.processes;
      CAF_REQUIRE_EQUAL(all.size(), 2u);
      CAF_CHECK_EQUAL(all[0].name, "student");
      CAF_CHECK(all[0].state == process_state::starting);
      CAF_CHECK_EQUAL(all[1].name, "camera");
      CAF_CHECK(all[1].pid == 17);
    },
    [](caf::error& what) { CAF_FAIL(describe(what)); });
}

CAF_TEST(a process can be stopped and started while the others go on) {
  process("camera");
  process("lidar");
  start();
  started("camera");
  started("lidar");
  auto answer = [this](auto order) {
    return self->request(app, caf::infinite, order);
  };
  auto fail = [](caf::error& what) { CAF_FAIL(describe(what)); };
  auto stopped = answer(stop_process{"camera"});
  sched.run();
  CAF_CHECK(told("camera", "terminate"));
  terminated("camera");
  stopped.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::exited);
      CAF_CHECK(x.last_exit == -15);
    },
    fail);
  auto again = answer(start_process{"camera"});
  sched.run();
  started("camera");
  again.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::running);
      CAF_CHECK_EQUAL(x.restarts, 1u);
    },
    fail);
  auto anew = answer(restart_process{"camera"});
  sched.run();
  terminated("camera");
  started("camera");
  anew.receive([](const process_status& x) { CAF_CHECK_EQUAL(x.restarts, 2u); },
               fail);
  CAF_CHECK(!told("lidar", "terminate"));
  CAF_CHECK(nothing_ended());
}

CAF_TEST(orders that arrive at once are carried out one after the other) {
  process("camera");
  start();
  started("camera");
  auto restart = self->request(app, caf::infinite, restart_process{"camera"});
  auto stop = self->request(app, caf::infinite, stop_process{"camera"});
  sched.run();
  terminated("camera");
  started("camera");
  terminated("camera");
  auto fail = [](caf::error& what) { CAF_FAIL(describe(what)); };
  restart.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::running);
    },
    fail);
  stop.receive(
    [](const process_status& x) {
      CAF_CHECK(x.state == process_state::exited);
    },
    fail);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(orders about unknown and running processes are errors) {
  process("camera");
  start();
  started("camera");
  CAF_CHECK(request_error<process_status>(app, start_process{"nobody"})
            == ec::unknown_process);
  CAF_CHECK(request_error<process_status>(app, start_process{"camera"})
            == ec::process_already_started);
  stop();
  CAF_CHECK(request_error<process_status>(app, restart_process{"camera"})
            == ec::robot_stopping);
}

CAF_TEST(resources stop after the children and in their stages) {
  process("camera");
  std::vector<std::string> order;
  auto maker = [this, &order](std::string name) {
    return [this, name, &order](caf::local_actor* parent,
                                const application_actor&) {
      return parent->spawn([this, name, &order](caf::event_based_actor* actor) {
        actor->attach_functor([this, name, &order] {
          // The log stops after the last event, and nothing else does.
          CAF_CHECK_EQUAL(events->has("Application is exiting"),
                          name.starts_with("log"));
          order.push_back(name);
        });
        return caf::behavior{[](int) {}};
      });
    };
  };
  settings.resources.push_back(
    {"service", stop_stage::services, maker("service")});
  settings.resources.push_back(
    {"router", stop_stage::routing, maker("router")});
  settings.resources.push_back(
    {"forwarder", stop_stage::log_forwarding, maker("log forwarder")});
  settings.resources.push_back(
    {"publisher", stop_stage::log_publishing, maker("log publisher")});
  start();
  started("camera");
  stop();
  CAF_CHECK(order.empty());
  terminated("camera");
  CAF_CHECK(
    (order == names{"service", "router", "log publisher", "log forwarder"}));
  CAF_CHECK_EQUAL(events->count("Application is exiting"), 1u);
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(a resource that may end ends alone unless it ends with an error) {
  struct own_end {
    bool may_end;
    caf::error reason;
    int exit_code;
  };
  auto hot = caf::make_error(ec::emergency_stop, std::string{"hot"});
  auto broken = caf::make_error(ec::system_error, std::string{"broken"});
  for (const auto& [may_end, reason, code] :
       {own_end{true, {}, 0}, own_end{true, caf::exit_reason::user_shutdown, 0},
        own_end{true, broken, 1}, own_end{false, {}, 1},
        own_end{false, caf::exit_reason::user_shutdown, 1},
        own_end{true, hot, 255}}) {
    caf::actor blinker;
    settings.resources
      = {{"blinker", stop_stage::services,
          [&](caf::local_actor* parent, const application_actor&) {
            blinker = parent->spawn([](caf::event_based_actor* actor) {
              return caf::behavior{
                [actor](const caf::error& why) { actor->quit(why); }};
            });
            return blinker;
          },
          may_end}};
    start();
    self->send(blinker, reason);
    sched.run();
    blinker = nullptr;
    if (code == 0) {
      CAF_CHECK(nothing_ended());
      stop();
    }
    CAF_CHECK_EQUAL(exit_code(), code);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_suite
