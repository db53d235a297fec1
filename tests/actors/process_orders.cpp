// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_orders

#include <random>

#include "tests/support/supervisor_fixture.hpp"

using namespace rr;

namespace process_orders_suite {
namespace {

using told_orders = fake_child_starter::orders;

/// What an order has been answered with so far.
struct answer {
  caf::optional<process_status> status;
  caf::error error;

  explicit operator bool() const {
    return status || error;
  }
};

struct fixture : supervisor_fixture {
  using answer_ptr = std::shared_ptr<answer>;

  /// Gives the order, but lets nobody act on it yet.
  template <class Order>
  answer_ptr give(Order what) {
    auto result = std::make_shared<answer>();
    auto ask = [this, what, result](caf::event_based_actor* asking) {
      asking->request(supervisor, caf::infinite, what)
        .then([result](process_status& x) { result->status = std::move(x); },
              [result](caf::error& x) { result->error = std::move(x); });
    };
    sys.spawn(ask);
    return result;
  }

  template <class Order>
  answer_ptr order(Order what) {
    auto result = give(what);
    sched.run();
    return result;
  }

  void check(const answer_ptr& given, process_state expected) {
    CAF_REQUIRE(given->status);
    CAF_CHECK_EQUAL(to_string(given->status->state), to_string(expected));
  }

  void terminated() {
    exited(-15, ended_by::terminate);
  }

  /// Lets the child do what it was told until nothing is left to do.
  void settle() {
    for (;;) {
      sched.run();
      auto now = state();
      if (now == process_state::starting)
        started(17);
      else if (now == process_state::terminating)
        terminated();
      else
        return;
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(process_orders_tests, fixture)

CAF_TEST(an answer says since when the process is as it is) {
  start_and_run();
  auto stop = order(stop_process{"camera"});
  terminated();
  check(stop, process_state::exited);
  CAF_REQUIRE(stop->status->last_end);
  CAF_CHECK(stop->status->since >= stop->status->last_end->time);
}

CAF_TEST(a stop that comes while a restart ends the child counts) {
  start_and_run();
  auto first = order(restart_process{"camera"});
  auto second = order(stop_process{"camera"});
  CAF_CHECK(!*first && !*second);
  terminated();
  CAF_CHECK(!*first && !*second);
  started(18);
  check(first, process_state::running);
  CAF_CHECK(first->status->pid == 18);
  CAF_CHECK(!*second);
  terminated();
  check(second, process_state::exited);
  CAF_CHECK_EQUAL(starter.started.size(), 2u);
}

CAF_TEST(a start that comes while a stop ends the child counts) {
  start_and_run();
  auto first = order(stop_process{"camera"});
  auto second = order(start_process{"camera"});
  CAF_CHECK(!*first && !*second);
  terminated();
  check(first, process_state::exited);
  started(18);
  check(second, process_state::running);
  CAF_CHECK_EQUAL(second->status->restarts, 1u);
}

CAF_TEST(of a start and a stop and a start the waiting stop is void) {
  spawn();
  auto first = order(start_process{"camera"});
  auto second = order(stop_process{"camera"});
  CAF_CHECK(!*second);
  auto third = order(start_process{"camera"});
  check(second, process_state::starting);
  CAF_CHECK(!*third);
  started(17);
  check(first, process_state::running);
  check(third, process_state::running);
  CAF_CHECK((told() == told_orders{"start"}));
}

CAF_TEST(of three restarts the one in the middle is void) {
  start_and_run();
  auto first = order(restart_process{"camera"});
  auto second = order(restart_process{"camera"});
  auto third = order(restart_process{"camera"});
  check(second, process_state::terminating);
  terminated();
  started(18);
  check(first, process_state::running);
  CAF_CHECK(!*third);
  terminated();
  started(19);
  check(third, process_state::running);
  CAF_CHECK(third->status->pid == 19);
}

CAF_TEST(a stop that comes while the child starts ends it) {
  start();
  auto stop = order(stop_process{"camera"});
  CAF_CHECK(state() == process_state::terminating);
  started(17);
  CAF_CHECK(!*stop);
  terminated();
  check(stop, process_state::exited);
}

CAF_TEST(a launcher that a stop ends is no failure) {
  settings.on_failure = robot_reaction::stop;
  start();
  auto stop = order(stop_process{"camera"});
  start_failed("cannot start camera: the launcher has ended");
  check(stop, process_state::exited);
  CAF_CHECK(nothing_ended());
  CAF_CHECK(!events->has("Process failed to start"));
}

CAF_TEST(a child that ends by itself meanwhile is started anew) {
  settings.on_failure = robot_reaction::stop;
  start_and_run();
  auto restart = order(restart_process{"camera"});
  exited(3);
  CAF_CHECK(nothing_ended());
  started(18);
  check(restart, process_state::running);
  auto again = order(stop_process{"camera"});
  exited(0);
  check(again, process_state::exited);
}

CAF_TEST(a stop for good keeps a process from starting with the robot) {
  spawn();
  check(order(stop_process{"camera"}), process_state::idle);
  CAF_CHECK(request_error<int32_t>(supervisor, atom::start_v)
            == ec::process_not_started);
  CAF_CHECK(starter.started.empty());
  auto start = order(start_process{"camera"});
  started(17);
  check(start, process_state::running);
}

CAF_TEST(to start what runs is an error) {
  start_and_run();
  auto given = order(start_process{"camera"});
  CAF_CHECK(given->error == ec::process_already_started);
  auto first = order(restart_process{"camera"});
  auto second = order(start_process{"camera"});
  terminated();
  started(18);
  check(first, process_state::running);
  CAF_CHECK(second->error == ec::process_already_started);
}

CAF_TEST(a start that fails is answered with its error) {
  spawn();
  auto first = order(start_process{"camera"});
  auto second = order(restart_process{"camera"});
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(first->error == ec::start_failed);
  started(18);
  check(second, process_state::running);
}

CAF_TEST(a start that fails for good is answered before the robot stops) {
  settings.on_failure = robot_reaction::stop;
  spawn();
  auto first = order(start_process{"camera"});
  auto second = order(restart_process{"camera"});
  start_failed("cannot execute /nowhere: no such file or directory");
  CAF_CHECK(first->error == ec::start_failed);
  CAF_CHECK(second->error == ec::robot_stopping);
  CAF_CHECK(end_of(supervisor.address()) == ec::process_failed);
}

CAF_TEST(the stop of the robot answers every order) {
  start_and_run();
  auto first = order(restart_process{"camera"});
  auto second = order(start_process{"camera"});
  shut_down();
  CAF_CHECK(second->error == ec::robot_stopping);
  auto late = order(start_process{"camera"});
  CAF_CHECK(late->error == ec::robot_stopping);
  terminated();
  CAF_CHECK(first->error == ec::robot_stopping);
  CAF_CHECK(end_of(supervisor.address()) == caf::exit_reason::user_shutdown);
  CAF_CHECK_EQUAL(starter.started.size(), 1u);
}

CAF_TEST(a stop that is under way when the robot stops is answered) {
  start_and_run();
  auto stop = order(stop_process{"camera"});
  shut_down();
  terminated();
  check(stop, process_state::exited);
}

CAF_TEST(the last of a thousand orders at once counts) {
  std::mt19937 random{18};
  for (auto round = 0; round < 20; ++round) {
    fixture robot;
    robot.start_and_run();
    std::vector<answer_ptr> answers;
    auto last = 0;
    for (auto i = 0; i < 1000; ++i) {
      last = static_cast<int>(random() % 3);
      if (last == 0)
        answers.push_back(robot.give(start_process{"camera"}));
      else if (last == 1)
        answers.push_back(robot.give(stop_process{"camera"}));
      else
        answers.push_back(robot.give(restart_process{"camera"}));
    }
    robot.settle();
    for (const auto& each : answers)
      CAF_REQUIRE(*each);
    auto expected = last == 1 ? process_state::exited : process_state::running;
    CAF_CHECK_EQUAL(to_string(robot.state()), to_string(expected));
  }
}

CAF_TEST(orders are answered also when the supervisor ends by an exception) {
  start_and_run();
  auto first = order(restart_process{"camera"});
  auto second = order(stop_process{"camera"});
  auto last = order(start_process{"camera"});
  starter.fail_on = "camera";
  terminated();
  CAF_CHECK_EQUAL(first->error, ec::robot_stopping);
  CAF_CHECK(second->status);
  CAF_CHECK_EQUAL(last->error, ec::robot_stopping);
  CAF_CHECK_EQUAL(end_of(supervisor.address()), caf::sec::runtime_error);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace process_orders_suite
