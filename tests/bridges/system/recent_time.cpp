// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE recent_time

#include "bridges/system/recent_time.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace recent_time_suite {
namespace {

uint64_t coarse_clock() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000
         + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace

CAF_TEST(it is the clock of the C library) {
  for (int i = 0; i < 100'000; ++i) {
    auto before = coarse_clock();
    auto time = recent_time();
    auto after = coarse_clock();
    if (time < before || time > after)
      CAF_FAIL("before " << before << ", it " << time << ", after " << after);
  }
}

} // namespace recent_time_suite
