// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE spin

#include "actors/spin.hpp"

#include "actors/support/actor_turn.hpp"
#include "tests/support/fake_workers.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace spin_suite {
namespace {

struct fixture : actor_fixture {
  std::vector<caf::timespan> calls;
  std::function<caf::error()> during = [] { return caf::error{}; };
  spin_actor spinner;
  std::shared_ptr<fake_workers> workers;
  caf::actor_clock::time_point began;

  ~fixture() override {
    if (workers)
      workers->jobs.clear();
    if (spinner)
      self->send_exit(spinner, caf::exit_reason::kill);
    run();
  }

  void spawn(caf::timespan interval) {
    began = sched.clock().now();
    spinner = sys.spawn(
      spin, log,
      [this] {
        calls.push_back(sched.clock().now() - began);
        return during();
      },
      interval, workers);
    self->monitor(spinner);
    sched.run();
  }

  /// Its calls run on workers, each when the test says so.
  void spawn_on_workers(caf::timespan interval) {
    workers = std::make_shared<fake_workers>();
    spawn(interval);
  }

  void advance(caf::timespan step) {
    advance_time(step);
    sched.run();
  }

  void do_work() {
    workers->do_all();
    sched.run();
  }

  using times = std::vector<caf::timespan>;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(spin_tests, fixture)

CAF_TEST(the function is called at once and then at every interval) {
  spawn(1s);
  CAF_CHECK((calls == times{0s}));
  advance(999ms);
  CAF_CHECK_EQUAL(calls.size(), 1u);
  advance(1ms);
  advance(1s);
  CAF_CHECK((calls == times{0s, 1s, 2s}));
}

CAF_TEST(calls that come late do not drift) {
  spawn(1s);
  advance(1100ms);
  advance(900ms);
  advance(1s);
  CAF_CHECK((calls == times{0s, 1100ms, 2s, 3s}));
}

CAF_TEST(a call that takes longer is followed by the next when it is done) {
  during = [this] {
    if (calls.size() == 2)
      sched.clock().current_time += 3500ms;
    return caf::error{};
  };
  spawn(1s);
  advance(1s);
  advance(0s);
  advance(1s);
  CAF_CHECK((calls == times{0s, 1s, 4500ms, 5500ms}));
}

CAF_TEST(the first call may take longer than the interval) {
  during = [this] {
    if (calls.size() == 1)
      sched.clock().current_time += 2500ms;
    return caf::error{};
  };
  spawn(1s);
  advance(0s);
  advance(1s);
  CAF_CHECK((calls == times{0s, 2500ms, 3500ms}));
}

CAF_TEST(two calls never overlap when a worker runs them) {
  spawn_on_workers(1s);
  CAF_CHECK_EQUAL(workers->jobs.size(), 1u);
  advance(4500ms);
  CAF_CHECK_EQUAL(workers->jobs.size(), 1u);
  do_work();
  CAF_CHECK((calls == times{4500ms}));
  advance(0s);
  do_work();
  CAF_CHECK((calls == times{4500ms, 4500ms}));
}

CAF_TEST(the function runs in the turn of an actor) {
  auto turn = false;
  during = [&] {
    turn = actor_turn::under_way();
    return caf::error{};
  };
  spawn(1s);
  CAF_CHECK(turn);
  CAF_CHECK(!actor_turn::under_way());
}

CAF_TEST(an error of the function ends it with that error) {
  during = [] { return caf::make_error(ec::system_error, "no disk"); };
  spawn(1s);
  auto reason = end_of(spinner.address());
  CAF_CHECK(reason == ec::system_error);
  CAF_CHECK_EQUAL(describe(reason), "no disk");
}

CAF_TEST(an error of the function in a worker ends it with that error) {
  during = [] { return caf::make_error(ec::system_error, "no disk"); };
  spawn_on_workers(1s);
  do_work();
  CAF_CHECK(end_of(spinner.address()) == ec::system_error);
}

CAF_TEST(an exception of the function in a worker is its error) {
  during = []() -> caf::error { throw std::runtime_error("no luck"); };
  spawn_on_workers(1s);
  do_work();
  auto reason = end_of(spinner.address());
  CAF_CHECK(reason == ec::work_failed);
  CAF_CHECK_EQUAL(describe(reason), "no luck");
}

CAF_TEST(a function for which the workers have no room ends it) {
  spawn_on_workers(1s);
  do_work();
  workers->full = true;
  advance(1s);
  CAF_CHECK(end_of(spinner.address()) == ec::overloaded);
  CAF_CHECK((calls == times{0s}));
}

CAF_TEST(an exception of the function is an event and ends it) {
  during = []() -> caf::error { throw std::runtime_error("no luck"); };
  spawn(1s);
  CAF_CHECK(end_of(spinner.address()) == caf::sec::runtime_error);
  CAF_REQUIRE(events->has("Unhandled error"));
  CAF_CHECK((events->events()[0].fields
             == log_fields{{"actor", "spin"}, {"error", "no luck"}}));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace spin_suite
