// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE heartbeat

#include "bridges/buffer/heartbeat.hpp"

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
  CAF_REQUIRE_EQUAL(heart->start(), caf::none);
  CAF_CHECK(third.get_future().wait_for(20s) == std::future_status::ready);
  heart.reset();
  auto at_the_end = beats.load();
  std::this_thread::sleep_for(10ms);
  CAF_CHECK_EQUAL(beats.load(), at_the_end);
}

CAF_TEST(it is silent while a witness owes an answer for too long) {
  std::atomic<int> beats{0};
  sign_of_life life;
  heartbeat heart{[&] { ++beats; }, 1ms};
  CAF_REQUIRE_EQUAL(heart.start(), caf::none);
  heart.add({[&](uint64_t question) { life.ask(question); },
             [&] { return life.answered(); }, 50ms});
  auto wait_until = [](auto what) {
    for (auto i = 0; i < 20'000 && !what(); ++i)
      std::this_thread::sleep_for(1ms);
    return what();
  };
  auto is_silent = [&] {
    auto before = beats.load();
    std::this_thread::sleep_for(50ms);
    return beats.load() == before;
  };
  CAF_CHECK(wait_until(is_silent));
  auto before = beats.load();
  life.answer();
  CAF_CHECK(wait_until([&] { return beats.load() > before; }));
  // That answer is as good as the bound is long.
  CAF_CHECK(wait_until(is_silent));
}

CAF_TEST(it goes on while every witness answers) {
  std::atomic<int> beats{0};
  std::atomic<uint64_t> asked{0};
  std::promise<void> many;
  heartbeat heart{[&] {
                    if (++beats == 100)
                      many.set_value();
                  },
                  1ms};
  CAF_REQUIRE_EQUAL(heart.start(), caf::none);
  heart.add({[&](uint64_t question) { asked = question; },
             [&] { return asked.load(); }, 10ms});
  CAF_CHECK(many.get_future().wait_for(20s) == std::future_status::ready);
  CAF_CHECK_GREATER(asked.load(), 1u);
}

CAF_TEST(it goes on while an answer that is owed is not late) {
  std::atomic<int> beats{0};
  std::atomic<uint64_t> asked{0};
  std::promise<void> many;
  heartbeat heart{[&] {
                    if (asked.load() > 0 && ++beats == 100)
                      many.set_value();
                  },
                  1ms};
  heart.add({[&](uint64_t question) { asked = question; },
             [] { return uint64_t{0}; }, 1h});
  CAF_REQUIRE(!heart.start());
  CAF_CHECK(many.get_future().wait_for(20s) == std::future_status::ready);
  CAF_CHECK_EQUAL(asked.load(), 1u);
}

CAF_TEST(its end waits for no interval) {
  std::promise<void> first;
  auto begin = std::chrono::steady_clock::now();
  {
    heartbeat heart{[&] { first.set_value(); }, 1h};
    CAF_REQUIRE_EQUAL(heart.start(), caf::none);
    CAF_CHECK(first.get_future().wait_for(20s) == std::future_status::ready);
  }
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 1min);
}
