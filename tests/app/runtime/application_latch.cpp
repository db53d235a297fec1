// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_latch

#include "tests/support/application_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_latch_suite {
namespace {

struct fixture : application_fixture {
  int settled = 0;
  /// How many events there were then.
  size_t events_before = 0;

  fixture() {
    settings.latches = true;
    settings.settle = [this] {
      ++settled;
      events_before = events->count("Application is exiting");
    };
  }

  bool latched() {
    auto result = false;
    auto pending = self->request(app, caf::infinite, atom::status_v);
    sched.run();
    pending.receive([&](const robot_status& x) { result = x.latched; },
                    [](const caf::error&) { CAF_FAIL("no status"); });
    return result;
  }

  /// The source that the cord was told of.
  failsafe_cause kind{};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_latch_tests, fixture)

CAF_TEST(a robot is latched from the pull of its cord on) {
  process("camera");
  start();
  started("camera");
  CAF_CHECK(!latched());
  cord.pull({"", "operator", 255});
  CAF_CHECK(latched());
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(a robot whose stops are not latched never is) {
  settings.latches = false;
  process("camera");
  start();
  started("camera");
  cord.pull({"", "operator", 255});
  CAF_CHECK(!latched());
  terminated("camera");
  CAF_CHECK_EQUAL(settled, 1);
}

CAF_TEST(the last words of an emergency stop come after its latch) {
  process("camera");
  start();
  started("camera");
  cord.pull({"", "operator", 255});
  sched.run();
  CAF_CHECK_EQUAL(settled, 0);
  terminated("camera");
  CAF_CHECK_EQUAL(settled, 1);
  CAF_CHECK_EQUAL(events_before, 0u);
  CAF_CHECK_EQUAL(events->count("Application is exiting"), 1u);
}

CAF_TEST(an orderly stop waits for no latch) {
  start();
  stop();
  CAF_CHECK_EQUAL(exit_code(), 0);
  CAF_CHECK_EQUAL(settled, 0);
}

CAF_TEST(the time that the latch takes is not for others) {
  settings.settle = [this] { sched.clock().current_time += 600ms; };
  auto make = [](caf::local_actor* parent, const application_actor&) {
    return parent->spawn([](caf::event_based_actor* actor) {
      actor->set_exit_handler([](const caf::exit_msg&) {});
      return caf::behavior{[](int) {}};
    });
  };
  settings.resources.push_back({"stuck", stop_stage::log_publishing, make});
  start();
  cord.pull({"", "operator", 255});
  sched.run();
  advance_time(1s);
  sched.run();
  // The moment that it has begins anew.
  CAF_CHECK(nothing_ended());
  advance_time(600ms);
  sched.run();
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(what an actor raises is told as raised by an actor) {
  auto make = [](caf::local_actor* parent, const application_actor&) {
    return parent->spawn([](caf::event_based_actor* actor) {
      return caf::behavior{[actor](int) {
        actor->quit(caf::make_error(ec::emergency_stop, "too hot"));
      }};
    });
  };
  caf::actor made;
  settings.resources.push_back(
    {"thermometer", stop_stage::services,
     [&](caf::local_actor* parent, const application_actor& root) {
       made = make(parent, root);
       return made;
     }});
  app = sys.spawn(application, settings);
  cord.observe([this](const stop_cord_pulled& fact) {
    kind = fact.cause.kind;
    caf::anon_send(app, fact);
  });
  self->monitor(app);
  self->send(app, atom::start_v);
  sched.run();
  self->send(made, 1);
  made = nullptr;
  sched.run();
  CAF_CHECK((kind == failsafe_cause::actor_emergency));
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(a core actor that ends stops a robot and latches nothing) {
  auto make = [](caf::local_actor* parent, const application_actor&) {
    return parent->spawn([](caf::event_based_actor* actor) {
      actor->quit(caf::make_error(ec::system_error, "no socket"));
      return caf::behavior{[](int) {}};
    });
  };
  settings.resources.push_back({"router", stop_stage::routing, make});
  start();
  CAF_CHECK_EQUAL(exit_code(), 1);
  CAF_CHECK(!cord.pulled());
  CAF_CHECK_EQUAL(settled, 0);
}

CAF_TEST(an emergency stop outweighs whatever has stopped a robot) {
  process("camera");
  process("student");
  start();
  started("camera");
  started("student");
  exited("student", 3);
  // It stops in order by then, with exit code 1.
  CAF_CHECK(told("camera", "terminate"));
  cord.pull({"", "operator", 255});
  sched.run();
  CAF_CHECK(latched());
  terminated("camera");
  CAF_CHECK_EQUAL(exit_code(), 255);
  CAF_CHECK_EQUAL(stop_reason(), "emergency stop by operator");
}

CAF_TEST(each end of a run has its exit code) {
  CAF_CHECK_EQUAL(exit_code_of(run_outcome::well, 77), 0);
  CAF_CHECK_EQUAL(exit_code_of(run_outcome::failed, 77), 1);
  CAF_CHECK_EQUAL(exit_code_of(run_outcome::emergency, 77), 77);
  CAF_CHECK_EQUAL(exit_code_of(run_outcome::refused, 77), 3);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_latch_suite
