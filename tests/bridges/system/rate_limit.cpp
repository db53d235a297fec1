// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE rate_limit

#include "bridges/system/rate_limit.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace rate_limit_suite {

CAF_TEST(a burst passes and one an interval from then on) {
  using std::chrono::seconds;
  auto now = rate_limit::clock::time_point{} + seconds{1000};
  rate_limit limit{2, seconds{1}};
  CAF_CHECK(limit.pass(now) == 0u);
  CAF_CHECK(limit.pass(now) == 0u);
  CAF_CHECK(!limit.pass(now));
  CAF_CHECK(!limit.pass(now + std::chrono::milliseconds{999}));
  CAF_CHECK(limit.pass(now + seconds{1}) == 2u);
  CAF_CHECK(!limit.pass(now + seconds{1}));
  // A long rest does not buy more than the burst.
  for (auto expected : {true, true, false})
    CAF_CHECK_EQUAL(limit.pass(now + seconds{500}).has_value(), expected);
}

CAF_TEST(without a burst any two are an interval apart) {
  using std::chrono::milliseconds;
  auto now = rate_limit::clock::time_point{};
  rate_limit limit;
  CAF_CHECK(limit.pass(now));
  CAF_CHECK(limit.pass(now + milliseconds{1900}));
  CAF_CHECK(!limit.pass(now + milliseconds{2000}));
  CAF_CHECK(!limit.pass(now + milliseconds{2899}));
  CAF_CHECK(limit.pass(now + milliseconds{2900}));
}

} // namespace rate_limit_suite
