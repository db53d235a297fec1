// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE gathering

#include "bridges/log_stream/gathering.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace gathering_suite {
namespace {

struct fixture {
  gathering rule{10ms};
  gathering::clock::time_point now{1h};
  uint64_t count = 0;

  bool after(std::chrono::milliseconds time, uint64_t events) {
    now += time;
    count += events;
    return rule.is_worth_it(now, count);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gathering_tests, fixture)

CAF_TEST(few events wait for others) {
  CAF_CHECK(after(0ms, 1));
  // 20 in 10 ms, and no more.
  CAF_CHECK(after(100ms, 200));
  CAF_CHECK(after(1s, 1));
}

CAF_TEST(many events wait for none) {
  CAF_CHECK(after(0ms, 0));
  CAF_CHECK(!after(100ms, 201));
  CAF_CHECK(!after(200ms, 500));
}

CAF_TEST(a short pause among many events is no silence) {
  CAF_CHECK(after(0ms, 0));
  CAF_CHECK(!after(100ms, 1000));
  CAF_CHECK(!after(99ms, 1));
  CAF_CHECK(after(1ms, 1));
}

CAF_TEST(a burst is many only once it has lasted) {
  CAF_CHECK(after(0ms, 0));
  CAF_CHECK(after(99ms, 1000));
  CAF_CHECK(!after(1ms, 1));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace gathering_suite
