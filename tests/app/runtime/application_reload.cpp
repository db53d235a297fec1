// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE application_reload

#include "messages/call/remote_exchange.hpp"

#include "tests/support/reload_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace application_reload_suite {
namespace {

using names = std::vector<std::string>;
using orders = std::map<std::string, names>;

struct fixture : reload_fixture {
  /// What a child is told that ends in order, and is started again.
  const names end{"terminate", "drop"};
  const names begin{"start"};

  template <class Order>
  auto order(Order what) {
    auto pending = self->request(app, caf::infinite, what);
    sched.run();
    return pending;
  }

  template <class Pending>
  caf::error order_refusal(Pending& pending) {
    caf::error result;
    pending.receive([](process_status&) { CAF_FAIL("unexpected success"); },
                    [&](caf::error& what) { result = std::move(what); });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(application_reload_tests, fixture)

CAF_TEST(only the processes whose sections have changed are touched) {
  run_all({make("kept"), make("changed"), make("gone")});
  news();
  auto pending = reload();
  CAF_CHECK_EQUAL(reads, 1);
  CAF_CHECK(news().empty());
  auto changed = make("changed", {}, {"/bin/false"});
  read({make("new", {"kept"}), changed, make("kept")});
  CAF_CHECK(
    (news() == orders{{"changed", {"terminate"}}, {"gone", {"terminate"}}}));
  terminated("gone");
  // All that go have gone before another starts.
  CAF_CHECK((news() == orders{{"gone", {"drop"}}}));
  CAF_CHECK((process_names() == names{"kept", "changed", "gone"}));
  terminated("changed");
  CAF_CHECK(
    (news() == orders{{"changed", {"drop", "start"}}, {"new", {"start"}}}));
  CAF_CHECK((starter.requests["changed"] == changed));
  started("new");
  started("changed");
  CAF_CHECK(
    (changes(pending) == process_changes{{"new"}, {"gone"}, {"changed"}}));
  CAF_CHECK(news().empty());
  CAF_CHECK((process_names() == names{"new", "changed", "kept"}));
  auto told = event("Processes reloaded");
  CAF_CHECK_EQUAL(told["started"], "new");
  CAF_CHECK_EQUAL(told["stopped"], "gone");
  CAF_CHECK_EQUAL(told["restarted"], "changed");
  CAF_CHECK_EQUAL(told["by"], "Ada");
}

CAF_TEST(nothing has changed) {
  run_all({make("a"), make("b", {"a"})});
  news();
  auto pending = reload();
  read({make("b", {"a"}), make("a")});
  CAF_CHECK((changes(pending) == process_changes{}));
  CAF_CHECK(news().empty());
  CAF_CHECK((process_names() == names{"b", "a"}));
}

CAF_TEST(processes go in reverse order and come in order) {
  run_all({make("drive"), make("arm", {"drive"}), make("map", {"arm"})});
  news();
  auto pending = reload();
  auto slow = make("drive", {}, {"/bin/false"});
  slow.ready.kind = readiness::notify;
  read({make("map", {"drive"}), slow});
  CAF_CHECK((news() == orders{{"map", {"terminate"}}}));
  terminated("map");
  CAF_CHECK((news() == orders{{"map", {"drop"}}, {"arm", {"terminate"}}}));
  terminated("arm");
  CAF_CHECK((news() == orders{{"arm", {"drop"}}, {"drive", {"terminate"}}}));
  terminated("drive");
  CAF_CHECK((news() == orders{{"drive", {"drop", "start"}}}));
  CAF_CHECK(state_of("map") == process_state::waiting);
  started("drive");
  CAF_CHECK(news().empty());
  starter.news["drive"].ready = true;
  starter.listeners.at("drive").notified();
  sched.run();
  CAF_CHECK((news() == orders{{"map", {"start"}}}));
  started("map");
  CAF_CHECK(
    (changes(pending) == process_changes{{}, {"arm"}, {"map", "drive"}}));
}

CAF_TEST(a configuration that is wrong touches nothing) {
  run_all({make("a")});
  news();
  auto pending = reload();
  read(configuration_read{{"robot.ini:1: bad", "robot.ini:2: worse"}, {}});
  auto what = refusal(pending);
  CAF_CHECK(
    (to_call_error(what).context
     == json{{"problems", {"robot.ini:1: bad", "robot.ini:2: worse"}}}));
  CAF_CHECK(news().empty());
  auto told = event("Reload refused");
  CAF_CHECK_EQUAL(told["problems"], "robot.ini:1: bad\nrobot.ini:2: worse");
  // The next one is a new one.
  auto next = reload();
  CAF_CHECK_EQUAL(reads, 2);
  read({make("a")});
  CAF_CHECK((changes(next) == process_changes{}));
}

CAF_TEST(one reload at a time) {
  run_all({make("a")});
  auto first = reload();
  auto second = reload();
  CAF_CHECK(refusal(second) == ec::reloading);
  CAF_CHECK_EQUAL(reads, 1);
  read({make("a"), make("b")});
  auto third = reload();
  CAF_CHECK(refusal(third) == ec::reloading);
  started("b");
  CAF_CHECK((changes(first) == process_changes{{"b"}, {}, {}}));
}

CAF_TEST(a program without a configuration to be read refuses) {
  settings.reread = nullptr;
  run_all({make("a")});
  auto pending = reload();
  CAF_CHECK(refusal(pending) == ec::bad_configuration);
}

CAF_TEST(what an operator has stopped stays so unless its section changes) {
  run_all({make("kept"), make("changed")});
  for (const auto* each : {"kept", "changed"}) {
    self->send(app, stop_process{each});
    sched.run();
    terminated(each);
  }
  news();
  auto pending = reload();
  read({make("kept"), make("changed", {}, {"/bin/false"})});
  CAF_CHECK((news() == orders{{"changed", {"start"}}}));
  started("changed");
  CAF_CHECK((changes(pending) == process_changes{{}, {}, {"changed"}}));
  CAF_CHECK(state_of("kept") == process_state::exited);
}

CAF_TEST(one that waits goes on waiting for one that is started anew) {
  auto slow = make("slow");
  slow.ready.kind = readiness::notify;
  run_all({slow, make("waits", {"slow"})});
  news();
  auto pending = reload();
  read({make("slow"), make("waits", {"slow"})});
  terminated("slow");
  CAF_CHECK((news() == orders{{"slow", {"terminate", "drop", "start"}}}));
  started("slow");
  CAF_CHECK((news() == orders{{"waits", {"start"}}}));
  CAF_CHECK((changes(pending) == process_changes{{}, {}, {"slow"}}));
  // It is not the reload's, and takes its time.
  CAF_CHECK_EQUAL(status().state, "starting");
  started("waits");
  CAF_CHECK_EQUAL(status().state, "running");
}

CAF_TEST(one that is about to go is not started meanwhile) {
  auto base = make("base");
  base.ready.kind = readiness::notify;
  run_all({base, make("late", {"base"}), make("top", {"late"}), make("other")});
  self->send(app, start_process{"top"});
  sched.run();
  started("top");
  news();
  auto pending = reload();
  // "top" goes first, and "base" becomes ready before it has gone.
  read({base, make("other")});
  starter.news["base"].ready = true;
  starter.listeners.at("base").notified();
  sched.run();
  terminated("top");
  CAF_CHECK((news() == orders{{"top", end}}));
  CAF_CHECK((changes(pending) == process_changes{{}, {"late", "top"}, {}}));
}

CAF_TEST(orders about a process that goes are answered) {
  run_all({make("gone"), make("kept")});
  auto before = order(restart_process{"gone"});
  auto waits = order(stop_process{"gone"});
  auto pending = reload();
  read({make("kept"), make("new")});
  auto meanwhile = order(start_process{"gone"});
  CAF_CHECK(order_refusal(meanwhile) == ec::reloading);
  auto not_yet = order(start_process{"new"});
  CAF_CHECK(order_refusal(not_yet) == ec::unknown_process);
  auto kept = order(stop_process{"kept"});
  terminated("kept");
  kept.receive(
    [](process_status& x) { CAF_CHECK(x.state == process_state::exited); },
    [](caf::error& what) { CAF_FAIL(describe(what)); });
  terminated("gone");
  CAF_CHECK(order_refusal(before) == ec::reloading);
  CAF_CHECK(order_refusal(waits) == ec::reloading);
  started("new");
  CAF_CHECK((changes(pending) == process_changes{{"new"}, {"gone"}, {}}));
  auto after = order(start_process{"gone"});
  CAF_CHECK(order_refusal(after) == ec::unknown_process);
}

CAF_TEST(one that is about to go takes no order) {
  run_all({make("base"), make("top", {"base"})});
  auto pending = reload();
  read({make("other")});
  news();
  auto refused = order(restart_process{"base"});
  CAF_REQUIRE(news().empty());
  CAF_CHECK(order_refusal(refused) == ec::reloading);
  terminated("top");
  terminated("base");
  started("other");
  CAF_CHECK((changes(pending).stopped == names{"base", "top"}));
}

CAF_TEST(a reload before all have started) {
  auto slow = make("slow");
  slow.ready.kind = readiness::notify;
  run_all({slow, make("waits", {"slow"})});
  CAF_CHECK_EQUAL(status().state, "starting");
  auto pending = reload();
  read({make("new")});
  terminated("slow");
  started("new");
  CAF_CHECK(
    (changes(pending) == process_changes{{"new"}, {"slow", "waits"}, {}}));
  CAF_CHECK_EQUAL(status().state, "running");
  CAF_CHECK(!told("waits", "start"));
}

CAF_TEST(a new one that fails is dealt with as its section says) {
  run_all({make("a")});
  auto pending = reload();
  auto bad = make("bad");
  bad.on_failure = robot_reaction::ignore;
  read({make("a"), bad, make("after-bad", {"bad"})});
  starter.listeners.at("bad").start_failed(
    {caf::make_error(ec::start_failed, "planted")});
  sched.run();
  // Nobody waits for what may never come.
  CAF_CHECK(
    (changes(pending) == process_changes{{"bad", "after-bad"}, {}, {}}));
  CAF_CHECK(state_of("bad") == process_state::failed);
  CAF_CHECK(state_of("after-bad") == process_state::waiting);
  CAF_CHECK_EQUAL(status().state, "running");
}

CAF_TEST(after a reload the robot stops in the new order) {
  run_all({make("nav"), make("drive", {"nav"}), make("base")});
  auto pending = reload();
  // What comes after it comes later, though its section is as it was.
  read({make("nav", {"base"}), make("drive", {"nav"}), make("base")});
  terminated("nav");
  started("nav");
  CAF_CHECK((changes(pending) == process_changes{{}, {}, {"nav"}}));
  news();
  stop();
  std::string last;
  for (const auto* next : {"drive", "nav", "base"}) {
    auto now = news();
    now.erase(last);
    CAF_CHECK((now == orders{{next, {"terminate"}}}));
    last = next;
    terminated(last);
  }
  CAF_CHECK_EQUAL(exit_code(), 0);
}

CAF_TEST(whoever is to know hears of a reload) {
  names heard;
  settings.on_reload = [&](bool begins) {
    heard.push_back(begins ? "begins" : "ends");
  };
  settings.on_processes = [&](const names& all) {
    heard.insert(heard.end(), all.begin(), all.end());
  };
  run_all({make("a")});
  auto pending = reload();
  read({make("b"), make("a")});
  started("b");
  CAF_CHECK((changes(pending).started == names{"b"}));
  CAF_CHECK((heard == names{"begins", "b", "a", "ends"}));
  heard.clear();
  auto refused = reload();
  read(configuration_read{{"bad"}, {}});
  CAF_CHECK(refusal(refused) == ec::remote_error);
  CAF_CHECK((heard == names{"begins", "ends"}));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace application_reload_suite
