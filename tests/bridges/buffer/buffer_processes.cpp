// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_processes

#include "bridges/buffer/shared_buffer.hpp"

#include <caf/test/dsl.hpp>

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/buffer/process_lock.hpp"
#include "tests/support/buffer_fixture.hpp"
#include "tests/support/forked.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace buffer_processes_suite {
namespace {

using clock_type = std::chrono::steady_clock;

/// More of everything, in `scripts/stress`.
uint64_t scaled(uint64_t usual, uint64_t under_stress) {
  return std::getenv("RR_TEST_STRESS") ? under_stress : usual;
}

constexpr size_t scalars = 8;

constexpr size_t large = scalars;

/// Not written with the others.
constexpr size_t kept = scalars + 1;

struct fixture : buffer_fixture {
  buffer_name name = name_of("tied");

  static device_type tied() {
    device_type result;
    result.name = "tied";
    for (uint16_t i = 0; i < scalars; ++i)
      result.parameters.push_back(
        make(i, ("p" + std::to_string(i)).c_str(), "uint64"));
    result.parameters.push_back(make(large, "large", "uint64[1000]"));
    result.parameters.push_back(make(kept, "kept", "uint64"));
    return result;
  }

  shared_buffer::pointer open() const {
    auto result = shared_buffer::create(name, tied());
    if (!result)
      throw std::runtime_error{describe(result.error())};
    return *result;
  }

  static uint64_t number(const buffer_snapshot& seen, size_t index) {
    uint64_t result = 0;
    std::memcpy(&result, seen.bytes(index).data(), 8);
    return result;
  }

  static void store(buffer_transaction& change, size_t index, uint64_t value) {
    auto bytes = std::as_bytes(std::span{&value, 1});
    if (!change.store_bytes(buffer_block::update, index, bytes))
      throw std::runtime_error{"refused"};
  }

  /// One step: all of them are `value`, the large array only sometimes.
  static void write_all(shared_buffer& buffer, uint64_t value) {
    auto change = buffer.begin();
    if (!change)
      throw std::runtime_error{describe(change.error())};
    for (size_t i = 0; i < scalars; ++i)
      store(*change, i, value);
    if (value % 4 == 0) {
      auto all = std::vector<uint64_t>(1000, value);
      if (!change->store_bytes(buffer_block::update, large,
                               std::as_bytes(std::span{all})))
        throw std::runtime_error{"refused"};
    }
    change->commit();
  }

  [[noreturn]] static void write_for_ever(shared_buffer& buffer,
                                          uint64_t value) {
    for (;; ++value)
      write_all(buffer, value);
  }

  /// Whether they are all one step's.
  static bool whole(const buffer_snapshot& seen) {
    auto value = number(seen, 0);
    for (size_t i = 1; i < scalars; ++i)
      if (number(seen, i) != value)
        return false;
    if (!seen.has(large))
      return true;
    uint64_t all[1000];
    std::memcpy(all, seen.bytes(large).data(), sizeof(all));
    return all[0] == value / 4 * 4
           && std::all_of(std::begin(all), std::end(all),
                          [&](auto x) { return x == all[0]; });
  }

  static bool read_whole(const shared_buffer& buffer) {
    auto seen = buffer.snapshot(buffer_block::update);
    return seen && whole(*seen);
  }

  [[noreturn]] static void read_for_ever(const shared_buffer& buffer) {
    for (;;)
      if (!read_whole(buffer))
        ::_exit(1);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(buffer_processes_tests, fixture)

CAF_TEST(no snapshot is torn while another process writes) {
  auto buffer = open();
  write_all(*buffer, 4);
  auto writer = forked{[&]() -> int { write_for_ever(*open(), 4); }};
  auto wanted = scaled(200'000, 10'000'000);
  std::vector<uint64_t> raw(buffer->values_size(buffer_block::update) / 8);
  uint64_t torn = 0;
  uint64_t changes = 0;
  uint64_t last = 0;
  // On one processor the writer has to have its turns among the reader's.
  for (uint64_t i = 0; i < wanted || changes <= 100; ++i) {
    auto code = buffer->read_values(
      buffer_block::update, std::as_writable_bytes(std::span{raw}).data());
    if (code != ec::none
        || !std::all_of(raw.begin(), raw.begin() + scalars,
                        [&](auto x) { return x == raw[0]; }))
      ++torn;
    if (std::exchange(last, raw[0]) != raw[0])
      ++changes;
    if (i % 64 == 0 && !read_whole(*buffer))
      ++torn;
  }
  CAF_MESSAGE(wanted << " snapshots saw " << changes << " changes");
  CAF_CHECK_EQUAL(torn, 0u);
  CAF_CHECK_GREATER(changes, 100u);
}

CAF_TEST(a process that is killed takes only its write in flight with it) {
  auto buffer = open();
  write_all(*buffer, 4);
  std::minstd_rand random{7};
  auto rounds = scaled(200, 2000);
  std::vector<clock_type::duration> delays;
  for (uint64_t round = 0; round < rounds; ++round) {
    auto before = unbox(buffer->snapshot(buffer_block::update));
    auto value = number(before, 0) + 1;
    auto writer = forked{[&]() -> int { write_for_ever(*buffer, value); }};
    auto reader = forked{[&]() -> int { read_for_ever(*buffer); }};
    // Not before the writer is at it.
    auto since = buffer->version(buffer_block::update);
    while (buffer->version(buffer_block::update) < since + 3)
      ::sched_yield();
    auto nap = timespec{0, static_cast<long>(random() % 300'000)};
    ::nanosleep(&nap, nullptr);
    auto last = unbox(buffer->snapshot(buffer_block::update));
    auto& victim = round % 4 == 3 ? reader : writer;
    victim.kill();
    auto start = clock_type::now();
    auto change = buffer->begin();
    CAF_REQUIRE(change);
    store(*change, kept, round);
    change->commit();
    auto seen = unbox(buffer->snapshot(buffer_block::update));
    delays.push_back(clock_type::now() - start);
    CAF_REQUIRE(whole(seen));
    CAF_REQUIRE_EQUAL(number(seen, kept), round);
    CAF_REQUIRE_GREATER_OR_EQUAL(number(seen, 0), number(last, 0));
    // The other process goes on: it has found nothing torn.
    CAF_REQUIRE_EQUAL(::kill(round % 4 == 3 ? writer.pid() : reader.pid(), 0),
                      0);
  }
  std::sort(delays.begin(), delays.end());
  auto ms = [](auto x) {
    return std::chrono::duration<double, std::milli>{x}.count();
  };
  auto at = [&](size_t percent) {
    return delays[delays.size() * percent / 100];
  };
  CAF_MESSAGE("to go on took " << ms(at(50)) << " ms at the median, "
                               << ms(at(99)) << " ms at p99, "
                               << ms(delays.back()) << " ms at worst");
  // Nobody waits for a holder that is dead; how long a busy machine takes is
  // its own matter.
  CAF_CHECK(at(50) < process_lock::patience / 2);
}

CAF_TEST(a process that dies with the lock leaves it to the next) {
  auto buffer = open();
  write_all(*buffer, 4);
  auto quickest = clock_type::duration::max();
  for (int i = 0; i < 50; ++i) {
    forked{[&]() -> int {
      auto change = buffer->begin();
      for (size_t index = 0; index < scalars / 2; ++index)
        store(*change, index, 77);
      auto all = std::vector<uint64_t>(1000, 77);
      change->store_bytes(buffer_block::update, large,
                          std::as_bytes(std::span{all}));
      return ::raise(SIGKILL);
    }}.join();
    CAF_CHECK(read_whole(*buffer));
    auto value = static_cast<uint64_t>(i) * 4;
    auto start = clock_type::now();
    write_all(*buffer, value);
    quickest = std::min(quickest, clock_type::now() - start);
    auto seen = unbox(buffer->snapshot(buffer_block::update));
    CAF_CHECK(whole(seen));
    CAF_CHECK_EQUAL(number(seen, 0), value);
  }
  // Nobody waits for a holder that is dead.
  CAF_CHECK(quickest < process_lock::patience / 2);
}

CAF_TEST(writers take turns) {
  auto buffer = open();
  auto each = scaled(3000, 100'000);
  std::vector<forked> writers;
  for (size_t i = 0; i < 4; ++i)
    writers.emplace_back([&, i]() -> int {
      for (uint64_t n = 0; n < each; ++n) {
        auto change = buffer->begin();
        if (!change)
          return 1;
        // Read and written within one step: none gets lost.
        auto seen = buffer->snapshot(buffer_block::update);
        store(*change, i, number(*seen, i) + 1);
        store(*change, kept, number(*seen, kept) + 1);
        change->commit();
      }
      return 0;
    });
  for (auto& writer : writers)
    CAF_CHECK_EQUAL(writer.join(), 0);
  auto seen = unbox(buffer->snapshot(buffer_block::update));
  CAF_CHECK_EQUAL(number(seen, kept), 4 * each);
  CAF_CHECK_EQUAL(buffer->version(buffer_block::update), 4 * each);
}

CAF_TEST(a writer that does not come to its end keeps nobody for ever) {
  auto buffer = open();
  auto held = forked{[&]() -> int {
    auto change = buffer->begin();
    store(*change, 0, 1);
    buffer->set_connected(true);
    for (;;)
      ::pause();
  }};
  while (!buffer->connected())
    ::sched_yield();
  CAF_CHECK(buffer->snapshot(buffer_block::update));
  auto refused = buffer->set("kept", 1);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error() == ec::overloaded);
  held.kill();
  CAF_CHECK(buffer->set("kept", 1));
}

CAF_TEST(processes that create a buffer at once all get the same one) {
  auto* start = static_cast<std::atomic<bool>*>(::mmap(
    nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  CAF_REQUIRE(start != MAP_FAILED);
  for (uint64_t round = 0; round < scaled(30, 500); ++round) {
    start->store(false);
    std::vector<forked> all;
    for (size_t i = 0; i < 4; ++i)
      all.emplace_back([&, i]() -> int {
        while (!start->load())
          ::sched_yield();
        auto mine = open();
        return mine->set("p" + std::to_string(i), 1) ? 0 : 1;
      });
    start->store(true);
    for (auto& each : all)
      CAF_REQUIRE_EQUAL(each.join(), 0);
    auto buffer = open();
    auto seen = unbox(buffer->snapshot(buffer_block::update));
    for (size_t i = 0; i < 4; ++i)
      CAF_REQUIRE_EQUAL(number(seen, i), 1u);
    CAF_CHECK(!remove_buffer(name));
  }
  ::munmap(start, 4096);
}

CAF_TEST(a creator that is killed leaves a whole buffer or none) {
  std::minstd_rand random{3};
  for (int round = 0; round < 50; ++round) {
    auto creator = forked{[&]() -> int {
      for (;;) {
        open();
        remove_buffer(name);
      }
    }};
    auto nap = timespec{0, static_cast<long>(random() % 2'000'000)};
    ::nanosleep(&nap, nullptr);
    creator.kill();
    auto left = list_segments(prefix);
    CAF_CHECK_LESS_OR_EQUAL(left.size(), 1u);
    if (!left.empty())
      CAF_CHECK(shared_buffer::open(name));
    CAF_CHECK(open()->set("kept", 1));
    remove_buffer(name);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_processes_suite
