// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE peer_fixture

#include "tests/support/peer_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace peer_fixture_suite {
namespace {

/// Tells of its end, as the owner of a bridge does.
struct watcher_state {
  static inline constexpr auto name = "watcher";
  std::shared_ptr<bool> alive;
};

using watcher_actor = caf::typed_actor<caf::reacts_to<atom::stop>>;

watcher_actor::behavior_type
watcher(watcher_actor::stateful_pointer<watcher_state> self,
        std::shared_ptr<bool> alive) {
  self->state.alive = std::move(alive);
  return {[self](atom::stop) { self->quit(ec::work_failed); }};
}

struct fixture : peer_fixture {
  /// What every answer was, in its order.
  std::vector<std::string> answers;

  ~fixture() override {
    end_all();
  }

  void call(const std::string& method) {
    client().call("arm", method, {1}, [this](const caf::expected<json>& x) {
      answers.push_back(x ? x->dump() : describe(x.error()));
    });
    sched.run();
  }

  void check_answer(const std::string& wanted) {
    CAF_REQUIRE_EQUAL(answers.size(), 1u);
    CAF_CHECK_EQUAL(answers[0], wanted);
  }

  process_supervisor_actor camera() {
    process_settings settings;
    settings.name = "camera";
    settings.command = {"camera-driver"};
    settings.on_failure = robot_reaction::ignore;
    return supervise(settings);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(peer_fixture_tests, fixture)

CAF_TEST(a call is taken and answered) {
  call("grasp");
  auto grasp = take_call("arm", "grasp");
  CAF_CHECK_EQUAL(grasp.message.args, json::array({1}));
  CAF_CHECK(answers.empty());
  answer(grasp, {{"newton", 5}});
  check_answer(R"({"newton":5})");
}

CAF_TEST(a call is refused) {
  call("grasp");
  refuse(take_call("arm", "grasp"), {"too hot", json::object()});
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].find("too hot") != std::string::npos);
}

CAF_TEST(a call times out by the clock of the test) {
  call("grasp");
  elapse(4999ms);
  CAF_CHECK(answers.empty());
  elapse(1ms);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].find("no answer") != std::string::npos
            || answers[0].find("timed out") != std::string::npos);
}

CAF_TEST(calls of two clients go through the same channel) {
  call("grasp");
  call("let_go");
  take_call("arm", "grasp");
  answer(take_call("arm", "let_go"), true);
  check_answer("true");
}

CAF_TEST(a supervised process does what the test says) {
  auto supervisor = camera();
  auto pid = self->request(supervisor, caf::infinite, atom::start_v);
  sched.run();
  CAF_CHECK_EQUAL(children.started, std::vector<std::string>{"camera"});
  children.listeners.at("camera").started({17});
  sched.run();
  pid.receive([](int32_t x) { CAF_CHECK_EQUAL(x, 17); },
              [](caf::error& x) { CAF_FAIL(describe(x)); });
  children.listeners.at("camera").exited({1, ended_by::itself});
  sched.run();
  CAF_CHECK_EQUAL(request<int32_t>(supervisor, atom::exit_code_v), 1);
  CAF_CHECK(events->has("Process failed"));
  CAF_CHECK(nothing_ended());
}

CAF_TEST(a process that exits with the emergency code ends its supervisor) {
  auto supervisor = camera();
  self->send(supervisor, atom::start_v);
  sched.run();
  children.listeners.at("camera").started({17});
  children.listeners.at("camera").exited({emergency_exit_code, {}});
  sched.run();
  CAF_CHECK_EQUAL(end_of(supervisor.address()), ec::emergency_stop);
}

CAF_TEST(an emergency stop pulls the cord once) {
  CAF_CHECK(!cord.pulled());
  emergency_stop("smoke");
  emergency_stop("fire");
  CAF_CHECK(cord.pulled());
  CAF_REQUIRE_EQUAL(stops.size(), 1u);
  CAF_CHECK_EQUAL(stops[0], (stop_cause{"", "smoke", 255, 0}));
}

CAF_TEST(the end of an own actor is told) {
  auto actor = own(sys.spawn(watcher, std::shared_ptr<bool>{}));
  CAF_CHECK(nothing_ended());
  self->send(actor, atom::stop_v);
  sched.run();
  CAF_CHECK_EQUAL(end_of(actor.address()), ec::work_failed);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(an own actor ends with the fixture) {
  auto alive = std::make_shared<bool>();
  {
    fixture test;
    test.own(test.sys.spawn(watcher, alive));
    CAF_CHECK_EQUAL(alive.use_count(), 2);
  }
  CAF_CHECK_EQUAL(alive.use_count(), 1);
}

} // namespace peer_fixture_suite
