// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE worker_pool

#include "actors/worker_pool.hpp"

#include <stdexcept>

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace {

/// Runs what it was given when the test says so.
class fake_runner : public job_runner {
public:
  bool submit(job task) override {
    if (full)
      return false;
    jobs.push_back(std::move(task));
    return true;
  }

  bool full = false;
  std::vector<job> jobs;
};

struct fixture : actor_fixture {
  std::shared_ptr<fake_runner> threads = std::make_shared<fake_runner>();
  worker_pool_actor pool = sys.spawn(worker_pool, threads, log);

  ~fixture() override {
    threads->jobs.clear();
    self->send_exit(pool, caf::exit_reason::kill);
    run();
  }

  auto submit(std::function<caf::error()> function) {
    auto pending = self->request(pool, caf::infinite, work{function});
    run();
    return pending;
  }

  void finish(size_t index) {
    threads->jobs.at(index)();
    run();
  }

  template <class Pending>
  caf::error result_of(Pending& pending) {
    caf::error result;
    pending.receive([] {}, [&](caf::error& what) { result = std::move(what); });
    return result;
  }
};

caf::error nothing() {
  return {};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(worker_pool_tests, fixture)

CAF_TEST(work is answered when it is done in whatever order) {
  auto first = submit(nothing);
  auto second
    = submit([] { return caf::make_error(ec::system_error, "no disk"); });
  finish(1);
  CAF_CHECK_EQUAL(describe(result_of(second)), "no disk");
  finish(0);
  CAF_CHECK(!result_of(first));
}

CAF_TEST(work that throws is answered with an error) {
  auto pending
    = submit([]() -> caf::error { throw std::runtime_error("no luck"); });
  finish(0);
  auto what = result_of(pending);
  CAF_CHECK(what == ec::work_failed);
  CAF_CHECK_EQUAL(describe(what), "no luck");
}

CAF_TEST(a full queue refuses work) {
  threads->full = true;
  auto pending = submit(nothing);
  CAF_CHECK(result_of(pending) == ec::overloaded);
}

CAF_TEST(work that waits is answered when the pool ends) {
  auto pending = submit(nothing);
  self->send_exit(pool, caf::exit_reason::user_shutdown);
  run();
  CAF_CHECK(result_of(pending));
}

CAF_TEST_FIXTURE_SCOPE_END()
