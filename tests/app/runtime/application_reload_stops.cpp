// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_reload_stops

#include "tests/support/reload_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_reload_stops_suite {
namespace {

using names = std::vector<std::string>;
using orders = std::map<std::string, names>;

struct fixture : reload_fixture {
  /// What a child is told that ends in order.
  const names end{"terminate", "drop"};

  /// Stops the robot, whose children then end, while a reload is under way.
  template <class Pending>
  void stop_ends(Pending& pending) {
    news();
    stop();
    CAF_CHECK(refusal(pending) == ec::robot_stopping);
    auto told = event("Reload refused");
    CAF_CHECK_EQUAL(told["reason"], "the robot is stopping");
    // It comes too late.
    read({make("other")});
    for (const auto& name : starter.started)
      if (starter.told[name].back() != "drop")
        terminated(name);
    for (const auto& [name, each] : news())
      CAF_CHECK(std::ranges::find(each, "start") == each.end());
    CAF_CHECK_EQUAL(exit_code(), 0);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_reload_stops_tests, fixture)

CAF_TEST(a stop ends a reload that reads) {
  run_all({make("kept"), make("changed")});
  auto pending = reload();
  stop_ends(pending);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(a stop ends a reload that lets processes go) {
  run_all({make("kept"), make("changed")});
  auto pending = reload();
  read({make("kept"), make("changed", {}, {"/bin/false"}), make("new")});
  stop_ends(pending);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(a stop ends a reload that starts processes) {
  run_all({make("kept"), make("changed")});
  auto pending = reload();
  read({make("kept"), make("changed", {}, {"/bin/false"}), make("new"),
        make("late", {"new"})});
  terminated("changed");
  stop_ends(pending);
  CAF_CHECK_EQUAL(starter.started.size(), 4u);
}

CAF_TEST(a reload is refused while the robot stops) {
  run_all({make("a")});
  stop();
  auto pending = reload();
  CAF_CHECK(refusal(pending) == ec::robot_stopping);
  CAF_CHECK_EQUAL(reads, 0);
  terminated("a");
}

CAF_TEST(nothing is started once the cord has been pulled) {
  settings.processes = {make("changed"), make("kept")};
  app = sys.spawn(application, settings);
  // Whoever has pulled it has not told the root yet.
  std::vector<stop_cord_pulled> facts;
  cord.observe([&](const stop_cord_pulled& fact) { facts.push_back(fact); });
  self->monitor(app);
  self->send(app, atom::start_v);
  sched.run();
  started("changed");
  started("kept");
  auto pending = reload();
  read({make("changed", {}, {"/bin/false"}), make("new"), make("kept")});
  news();
  cord.pull({"", "operator", 255});
  terminated("changed");
  CAF_CHECK((news() == orders{{"changed", {"drop"}}}));
  caf::anon_send(app, facts.at(0));
  sched.run();
  CAF_CHECK(refusal(pending) == ec::robot_stopping);
  terminated("kept");
  CAF_CHECK((news() == orders{{"kept", end}}));
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST(a child that raises an emergency while it goes stops the robot) {
  run_all({make("gone"), make("kept")});
  auto pending = reload();
  read({make("kept")});
  cord.pull({"gone", "", 255, 17});
  exited("gone", 255, ended_by::terminate);
  CAF_CHECK(refusal(pending) == ec::robot_stopping);
  CAF_CHECK(told("kept", "terminate"));
  terminated("kept");
  CAF_CHECK_EQUAL(exit_code(), 255);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_reload_stops_suite
