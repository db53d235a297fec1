// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE heartbeat

#include "bridges/heartbeat.hpp"

#include <atomic>
#include <future>
#include <optional>

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

CAF_TEST(it beats at once and again and not after its end) {
  std::atomic<int> beats{0};
  std::promise<void> third;
  std::optional<heartbeat> heart;
  heart.emplace(
    [&] {
      if (++beats == 3)
        third.set_value();
    },
    1ms);
  CAF_CHECK(third.get_future().wait_for(20s) == std::future_status::ready);
  heart.reset();
  auto at_the_end = beats.load();
  std::this_thread::sleep_for(10ms);
  CAF_CHECK_EQUAL(beats.load(), at_the_end);
}

CAF_TEST(its end waits for no interval) {
  std::promise<void> first;
  auto begin = std::chrono::steady_clock::now();
  {
    heartbeat heart{[&] { first.set_value(); }, 1h};
    CAF_CHECK(first.get_future().wait_for(20s) == std::future_status::ready);
  }
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 1min);
}
