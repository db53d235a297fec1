// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE worker_threads

#include "bridges/system/worker_threads.hpp"

#include <caf/test/dsl.hpp>

#include <atomic>
#include <chrono>
#include <future>

#include "messages/error.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace worker_threads_suite {
namespace {

struct fixture {
  std::unique_ptr<worker_threads> workers;
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();

  void open(size_t threads, size_t queue = 1024,
            std::chrono::milliseconds patience = 10s) {
    auto result = worker_threads::make(threads, queue, patience);
    CAF_REQUIRE(result);
    workers = std::move(*result);
  }

  /// Occupies a thread until the gate opens; returns once it runs.
  void occupy() {
    auto running = std::make_shared<std::promise<void>>();
    CAF_REQUIRE(workers->submit([=, gate = opened] {
      running->set_value();
      gate.wait();
    }));
    CAF_REQUIRE(is_ready(running->get_future()));
  }

  template <class T>
  static bool is_ready(const std::future<T>& result) {
    return result.wait_for(10s) == std::future_status::ready;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(worker_threads_tests, fixture)

CAF_TEST(one thread runs jobs in their order) {
  open(1);
  std::vector<int> seen;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i)
    CAF_REQUIRE(workers->submit([&seen, i] { seen.push_back(i); }));
  CAF_REQUIRE(workers->submit([&] { done.set_value(); }));
  CAF_REQUIRE(is_ready(done.get_future()));
  CAF_CHECK_EQUAL(seen.size(), 100u);
  CAF_CHECK(std::is_sorted(seen.begin(), seen.end()));
}

CAF_TEST(as many jobs block at once as there are threads) {
  open(4);
  for (int i = 0; i < 4; ++i)
    occupy();
  gate.set_value();
}

CAF_TEST(a full queue refuses) {
  open(1, 2);
  occupy();
  CAF_CHECK(workers->submit([] {}));
  CAF_CHECK(workers->submit([] {}));
  CAF_CHECK(!workers->submit([] {}));
  gate.set_value();
}

CAF_TEST(the end discards what waits and joins what runs) {
  open(1);
  std::atomic<bool> ended = false;
  std::promise<void> running;
  CAF_REQUIRE(workers->submit([&, this] {
    running.set_value();
    opened.wait();
    ended = true;
  }));
  CAF_REQUIRE(is_ready(running.get_future()));
  // The gate opens when the job that waits is discarded.
  auto opener = std::shared_ptr<void>(nullptr,
                                      [&](void*) { gate.set_value(); });
  std::atomic<bool> ran = false;
  CAF_REQUIRE(workers->submit([&ran, opener] { ran = true; }));
  opener.reset();
  workers.reset();
  CAF_CHECK(ended);
  CAF_CHECK(!ran);
}

CAF_TEST(a job that hangs holds up no end) {
  open(1, 1024, 1ms);
  auto running = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  CAF_REQUIRE(workers->submit([=, gate = opened] {
    running->set_value();
    gate.wait();
    ended->set_value();
  }));
  CAF_REQUIRE(is_ready(running->get_future()));
  auto before = worker_threads::abandoned();
  workers.reset();
  CAF_CHECK_EQUAL(worker_threads::abandoned(), before + 1);
  gate.set_value();
  CAF_CHECK(is_ready(ended->get_future()));
}

CAF_TEST(there are 1 to 64 threads) {
  for (size_t threads : {0u, 65u}) {
    auto result = worker_threads::make(threads);
    CAF_REQUIRE(!result);
    CAF_CHECK(result.error() == ec::bad_configuration);
  }
  open(64);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace worker_threads_suite
