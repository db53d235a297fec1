// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE handlers

#include "app/peer/handler_runner.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "tests/support/fake_workers.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace handlers_suite {
namespace {

struct fixture : actor_fixture {
  std::shared_ptr<fake_workers> workers = std::make_shared<fake_workers>();
  std::vector<int> done;

  std::function<void()> job(int number) {
    return [this, number] { done.push_back(number); };
  }

  void finish() {
    while (!workers->jobs.empty())
      workers->do_all();
  }

  caf::actor resource_actor(const peer_resource& resource) {
    auto result = sys.spawn([] { return caf::behavior{[](int) {}}; });
    resource.set_actor(result);
    self->monitor(result);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(handler_tests, fixture)

CAF_TEST(a serial executor runs its jobs in order and one at a time) {
  auto line = make_serial_executor(workers);
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(line(job(i)));
  // However many threads there are, one has work.
  CAF_CHECK_EQUAL(workers->jobs.size(), 1u);
  finish();
  CAF_CHECK((done == std::vector{0, 1, 2}));
  CAF_CHECK(line(job(3)));
  finish();
  CAF_CHECK_EQUAL(done.size(), 4u);
}

CAF_TEST(a job may add another one) {
  auto line = make_serial_executor(workers);
  CAF_CHECK(line([&] {
    CAF_CHECK(line(job(2)));
    done.push_back(1);
  }));
  finish();
  CAF_CHECK((done == std::vector{1, 2}));
}

CAF_TEST(a serial executor takes no job that it has no room for) {
  auto line = make_serial_executor(workers);
  auto taken = 0;
  while (taken < 10'000 && line(job(taken)))
    ++taken;
  CAF_CHECK_EQUAL(taken, 1024);
  finish();
  CAF_CHECK_EQUAL(done.size(), 1024u);
  CAF_CHECK(line(job(0)));
}

CAF_TEST(two executors share the threads by turns) {
  auto first = make_serial_executor(workers);
  auto second = make_serial_executor(workers);
  for (auto number : {1, 2})
    CAF_CHECK(first(job(number)));
  CAF_CHECK(second(job(10)));
  finish();
  CAF_CHECK((done == std::vector{1, 10, 2}));
}

CAF_TEST(what waits keeps no threads and ends with them) {
  auto line = make_serial_executor(workers);
  for (auto number : {1, 2})
    CAF_CHECK(line(job(number)));
  auto running = std::move(workers->jobs);
  CAF_CHECK(line(job(3)));
  std::weak_ptr<fake_workers> threads{workers};
  workers.reset();
  CAF_CHECK(threads.expired());
  for (auto& each : running)
    each();
  CAF_CHECK((done == std::vector{1}));
  CAF_CHECK(!line(job(4)));
}

CAF_TEST(a handler without an executor runs at once) {
  handler_runner runner{"clock", {}, {}, log};
  CAF_CHECK(runner.runs_here());
  runner.call(job(1));
  CAF_CHECK((done == std::vector{1}));
}

CAF_TEST(what an executor has no room for is told) {
  auto full = [](const std::function<void()>&) { return false; };
  handler_runner runner{"log subscriber", full, {}, log};
  CAF_CHECK(!runner.runs_here());
  for (auto i = 0; i < 3; ++i)
    runner.call(job(i));
  CAF_CHECK(done.empty());
  CAF_REQUIRE_EQUAL(events->count("Handler fell behind"), 1u);
  CAF_CHECK((events->events().back().fields
             == log_fields{{"resource", "log subscriber"}, {"count", 1u}}));
}

CAF_TEST(a handler that throws ends its resource with that) {
  for (auto late : {false, true}) {
    peer_resource resource;
    auto made = resource_actor(resource);
    handler_runner runner{"clock",
                          late ? make_serial_executor(workers) : executor{},
                          resource, log};
    runner.call([] { throw std::runtime_error{"no pager"}; });
    finish();
    sched.run();
    auto reason = end_of(made.address());
    CAF_CHECK(reason == ec::work_failed);
    CAF_CHECK_EQUAL(describe(reason), "no pager");
  }
}

CAF_TEST(a resource that is ended before it begins ends when it does) {
  peer_resource resource;
  resource.end();
  auto made = resource_actor(resource);
  sched.run();
  CAF_CHECK(end_of(made.address()) == caf::exit_reason::user_shutdown);
}

CAF_TEST(a resource that ends by a function calls it once) {
  auto calls = 0;
  peer_resource resource{[&] { ++calls; }};
  auto copy = resource; // NOLINT(performance-unnecessary-copy-initialization)
  resource.end();
  copy.end();
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace handlers_suite
