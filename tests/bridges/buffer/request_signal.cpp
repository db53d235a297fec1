// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE request_signal

#include "bridges/buffer/request_signal.hpp"

#include <caf/test/dsl.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <thread>

#include "bridges/buffer/buffer_transaction.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/shared_numbers.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace request_signal_suite {
namespace {

using clock_type = std::chrono::steady_clock;

struct fixture : buffer_fixture {
  buffer_name name = name_of("motor", 7);
  shared_buffer::pointer buffer = unbox(shared_buffer::create(name, motor()));
  memory_segment segment = unbox(memory_segment::open(to_string(name)));

  uint64_t version() const {
    return buffer->version(buffer_block::write);
  }

  uint64_t number(size_t offset) const {
    auto layout = unbox(read_description(segment.bytes(), "it"));
    auto* at = segment.bytes().data() + layout.header.wake + offset;
    return shared<uint64_t>(at).load();
  }

  uint64_t wakes() const {
    return number(offsetof(layout::wake_record, wakes));
  }

  uint64_t awaited() const {
    return number(offsetof(layout::wake_record, awaited));
  }

  /// Until somebody is about to wait, or waits.
  void wait_for_waiter() const {
    while (awaited() == 0)
      ::sched_yield();
    ::poll(nullptr, 0, 20);
  }

  /// What ends the wait of a thread that waits for ever while `f` is called.
  template <class F>
  wait_end end_by(F f) const {
    auto result = wait_end::timed_out;
    auto seen = version();
    std::thread waiter{
      [&] { result = buffer->wait_for_request(seen, std::nullopt); }};
    wait_for_waiter();
    f();
    waiter.join();
    return result;
  }

  /// Kills a process that takes steps without end, at any instant of one, again
  /// and again; another, which waits, hears of each request after that.
  template <class Step>
  void kill_at_any_instant(Step step) const {
    shared_numbers numbers;
    auto& heard = numbers.at[0];
    auto& steps = numbers.at[1];
    auto other = forked{[&]() -> int {
      for (uint64_t seen = 0;; heard = seen) {
        buffer->wait_for_request(seen, std::nullopt);
        seen = version();
      }
    }};
    random_numbers random{60};
    for (int round = 0; round < 200; ++round) {
      auto victim = forked{[&]() -> int {
        for (; step(); ++steps) {
        }
        return 1;
      }};
      wait_for_steps(steps, steps + 1 + random.next());
      victim.kill();
      CAF_REQUIRE(buffer->write("mode", 2));
      auto start = clock_type::now();
      while (heard != version()) {
        if (clock_type::now() - start > 10s)
          CAF_FAIL("a wake was lost in round " << round);
        ::sched_yield();
      }
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(request_signal_tests, fixture)

CAF_TEST(whatever requests a value wakes the one who waits) {
  CAF_CHECK(end_by([&] { CAF_CHECK(buffer->write("mode", 1)); })
            == wait_end::changed);
  CAF_CHECK(end_by([&] { CAF_CHECK(buffer->hold("mode", 2, 0s)); })
            == wait_end::changed);
  CAF_CHECK(end_by([&] {
              auto all = unbox(buffer->begin());
              CAF_CHECK(all.write("mode", 3));
              all.commit();
            })
            == wait_end::changed);
  CAF_CHECK(end_by([&] {
              forked{[&] { return buffer->write("mode", 4) ? 7 : 1; }}.join();
            })
            == wait_end::changed);
}

CAF_TEST(the end of a buffer ends the wait) {
  CAF_CHECK(end_by([&] { buffer->set_valid(false); }) == wait_end::changed);
  CAF_CHECK(!buffer->valid());
  CAF_CHECK(buffer->wait_for_request(version(), std::nullopt)
            == wait_end::changed);
  buffer->set_valid(true);
  CAF_CHECK(end_by([&] { CAF_CHECK(!remove_buffer(name)); })
            == wait_end::changed);
}

CAF_TEST(what was requested before the wait is not missed) {
  auto seen = version();
  CAF_CHECK(buffer->write("mode", 1));
  CAF_CHECK(buffer->wait_for_request(seen, std::nullopt) == wait_end::changed);
  CAF_CHECK(buffer->wait_for_request(version(), 0s) == wait_end::timed_out);
}

CAF_TEST(a wait ends at its timeout and current values do not end it) {
  auto start = clock_type::now();
  std::thread device{[&] {
    while (clock_type::now() - start < 60ms) {
      CAF_CHECK(buffer->set("speed", 1));
      ::poll(nullptr, 0, 1);
    }
  }};
  auto end = buffer->wait_for_request(version(), 50ms);
  auto waited = clock_type::now() - start;
  device.join();
  CAF_CHECK(end == wait_end::timed_out);
  CAF_CHECK(waited >= 50ms);
  CAF_CHECK(waited < 5s);
  CAF_CHECK_EQUAL(wakes(), 0u);
  CAF_CHECK(buffer->wait_for_request(version(), -5s) == wait_end::timed_out);
}

CAF_TEST(a signal handler ends the wait also one that restarts calls) {
  struct sigaction how {};
  struct sigaction before {};
  how.sa_handler = [](int) {};
  how.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &how, &before);
  for (auto timeout : {std::optional<std::chrono::nanoseconds>{},
                       std::optional<std::chrono::nanoseconds>{1min}}) {
    auto end = wait_end::changed;
    std::atomic<bool> done{false};
    std::thread waiter{[&] {
      // Whatever this program's threads leave to another one.
      sigset_t wanted;
      ::sigemptyset(&wanted);
      ::sigaddset(&wanted, SIGUSR1);
      ::pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr);
      end = buffer->wait_for_request(version(), timeout);
      done = true;
    }};
    // One that comes too early is not meant.
    while (!done) {
      ::pthread_kill(waiter.native_handle(), SIGUSR1);
      ::poll(nullptr, 0, 1);
    }
    waiter.join();
    CAF_CHECK(end == wait_end::interrupted);
  }
  ::sigaction(SIGUSR1, &before, nullptr);
}

CAF_TEST(who requests calls the system only while somebody waits) {
  for (int i = 0; i < 100; ++i)
    CAF_CHECK(buffer->write("mode", 1));
  CAF_CHECK_EQUAL(wakes(), 0u);
  end_by([&] { CAF_CHECK(buffer->write("mode", 2)); });
  CAF_CHECK_EQUAL(wakes(), 1u);
  // The last look of the one who was woken.
  CAF_CHECK(buffer->write("mode", 3));
  auto after = wakes();
  CAF_CHECK_LESS_OR_EQUAL(after, 2u);
  for (int i = 0; i < 100; ++i)
    CAF_CHECK(buffer->write("mode", 1));
  CAF_CHECK_EQUAL(wakes(), after);
  CAF_CHECK_EQUAL(awaited(), 0u);
}

CAF_TEST(one who is killed while it waits costs a single wake) {
  kill_at_any_instant([this] {
    buffer->wait_for_request(version(), 20us);
    return true;
  });
  CAF_CHECK(buffer->write("mode", 2));
  CAF_CHECK_EQUAL(awaited(), 0u);
}

CAF_TEST(one who is killed while it wakes others keeps nobody) {
  kill_at_any_instant([this] { return buffer->write("mode", 1).engaged(); });
}

CAF_TEST(of many who wait each is woken by every request) {
  constexpr size_t waiters = 4;
  shared_numbers numbers;
  std::vector<forked> all;
  for (size_t i = 0; i < waiters; ++i)
    all.emplace_back([&, i]() -> int {
      for (uint64_t seen = 0;;) {
        if (buffer->wait_for_request(seen, 10s) != wait_end::changed)
          return 1;
        seen = version();
        numbers.at[i] = seen;
      }
    });
  for (int round = 0; round < 2000; ++round) {
    CAF_REQUIRE(buffer->write("mode", round % 100));
    auto start = clock_type::now();
    for (size_t i = 0; i < waiters; ++i)
      while (numbers.at[i] != version()) {
        if (clock_type::now() - start > 5s)
          CAF_FAIL("waiter " << i << " sleeps in round " << round);
        ::sched_yield();
      }
  }
}

CAF_TEST(damaged numbers cost no more than wakes) {
  auto layout = unbox(read_description(segment.bytes(), "it"));
  auto* at = segment.bytes().data() + layout.header.wake;
  for (auto damage : {~uint64_t{0}, uint64_t{1} << 32, uint64_t{7}}) {
    shared<uint64_t>(at).store(damage);
    shared<uint64_t>(at + 8).store(damage);
    CAF_CHECK(buffer->write("mode", 1));
    CAF_CHECK_EQUAL(awaited(), 0u);
    CAF_CHECK(end_by([&] { CAF_CHECK(buffer->write("mode", 2)); })
              == wait_end::changed);
  }
}

CAF_TEST(private buffers have it too) {
  auto alone = make_private("motor", motor());
  auto end = wait_end::timed_out;
  std::thread waiter{[&] { end = alone->wait_for_request(0, 10s); }};
  CAF_CHECK(alone->write("mode", 1));
  waiter.join();
  CAF_CHECK(end == wait_end::changed);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace request_signal_suite
