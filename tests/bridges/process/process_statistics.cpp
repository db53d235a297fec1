// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE process_statistics

#include "bridges/process/process_statistics.hpp"

#include <caf/test/dsl.hpp>

#include <future>
#include <thread>

#include "messages/error.hpp"

using namespace rr;

namespace process_statistics_suite {

CAF_TEST(a thread more is counted) {
  // With the first, ThreadSanitizer has one of its own.
  std::thread{[] {}}.join();
  auto before = read_process_statistics();
  CAF_REQUIRE(before);
  std::promise<void> end;
  auto thread = std::thread{[&] { end.get_future().wait(); }};
  auto after = read_process_statistics();
  end.set_value();
  thread.join();
  CAF_REQUIRE(after);
  CAF_CHECK_EQUAL(after->thread_count, before->thread_count + 1);
}

CAF_TEST(memory that is used is resident) {
  auto before = read_process_statistics();
  CAF_REQUIRE(before);
  auto memory = std::vector<char>(64u << 20, 'x');
  auto after = read_process_statistics();
  CAF_REQUIRE(after);
  CAF_CHECK_EQUAL(memory[1], 'x');
  CAF_CHECK_GREATER(after->resident_kib, before->resident_kib + (32u << 10));
}

CAF_TEST(the numbers are taken from lines of their own) {
  auto result = parse_process_statistics("Name:\tThreads:\t9\nVmHWM:\t  8 kB\n"
                                         "VmRSS:\t    4711 kB\nThreads:\t3\n");
  CAF_REQUIRE(result);
  CAF_CHECK(*result == (process_statistics{3, 4711}));
}

CAF_TEST(what is missing is named) {
  for (auto text : {"", "Name:\tx\n", "x\nThreads:", "x\nThreads:\tmany\n"}) {
    auto result = parse_process_statistics(text);
    CAF_REQUIRE(!result);
    CAF_CHECK(result.error() == ec::malformed);
    CAF_CHECK_EQUAL(describe(result.error()),
                    "no number Threads in /proc/self/status");
  }
  auto result = parse_process_statistics("x\nThreads:\t1\n");
  CAF_REQUIRE(!result);
  CAF_CHECK_EQUAL(describe(result.error()),
                  "no number VmRSS in /proc/self/status");
}

} // namespace process_statistics_suite
