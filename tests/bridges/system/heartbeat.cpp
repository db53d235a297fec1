// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE heartbeat

#include "bridges/system/heartbeat.hpp"

#include <poll.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>

#include "bridges/system/woken_thread.hpp"
#include "tests/support/eventually.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace heartbeat_suite {
namespace {

heartbeat_settings settings_of(std::function<void()> beat,
                               std::chrono::nanoseconds interval = 1ms) {
  heartbeat_settings result;
  result.interval = interval;
  result.patience = 10s;
  result.beat = std::move(beat);
  return result;
}

} // namespace

CAF_TEST(it beats at once and again and not after its end) {
  std::atomic<int> beats{0};
  std::promise<void> third;
  std::optional<heartbeat> heart;
  heart.emplace(settings_of([&] {
    if (++beats == 3)
      third.set_value();
  }));
  CAF_REQUIRE_EQUAL(heart->start(), caf::none);
  CAF_CHECK(third.get_future().wait_for(20s) == std::future_status::ready);
  CAF_CHECK(heart->is_in_time());
  CAF_CHECK(heart->all_in_time());
  heart.reset();
  // Nobody is left who could beat: its thread has ended.
  for (const auto& task :
       std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::string name;
    std::getline(std::ifstream{task.path() / "comm"}, name);
    CAF_CHECK_NOT_EQUAL(name, "rr-heartbeat");
  }
}

CAF_TEST(it is silent while a witness owes an answer for too long) {
  std::atomic<int> beats{0};
  sign_of_life life;
  sign_of_life other;
  std::atomic<int> questions{0};
  auto settings = settings_of([&] { ++beats; });
  settings.ask_interval = 1ms;
  heartbeat heart{std::move(settings)};
  CAF_REQUIRE_EQUAL(heart.start(), caf::none);
  heart.add({[&](uint64_t question) { life.ask(question); },
             [&] { return life.answered(); }, 50ms, "part"});
  heart.add({[&](uint64_t question) {
               other.ask(question);
               other.answer();
               ++questions;
             },
             [&] { return other.answered(); }, 10s, "other"});
  // It asks on, and does not beat.
  auto is_silent = [&] {
    auto before = beats.load();
    auto enough = questions.load() + 20;
    return eventually([&] { return questions.load() >= enough; })
           && beats.load() == before;
  };
  CAF_CHECK(eventually(is_silent));
  auto before = beats.load();
  life.answer();
  CAF_CHECK(eventually([&] { return beats.load() > before; }));
  // That answer is as good as the bound is long.
  CAF_CHECK(eventually(is_silent));
}

CAF_TEST(it goes on while every witness answers) {
  std::atomic<int> beats{0};
  std::atomic<uint64_t> asked{0};
  std::promise<void> many;
  heartbeat heart{settings_of([&] {
    if (++beats == 100)
      many.set_value();
  })};
  CAF_REQUIRE_EQUAL(heart.start(), caf::none);
  heart.add({[&](uint64_t question) { asked = question; },
             [&] { return asked.load(); }, 10ms, "part"});
  CAF_CHECK(many.get_future().wait_for(20s) == std::future_status::ready);
  CAF_CHECK_GREATER(asked.load(), 1u);
}

CAF_TEST(a thread that blocks is named and hinders no beat) {
  std::atomic<int> beats{0};
  std::promise<void> released;
  std::promise<void> blocks;
  woken_thread thread;
  auto failed = thread.start("test", "cannot start a test", [&] {
    auto first = true;
    while (!thread.stopping()) {
      pollfd wake{thread.descriptor(), POLLIN, 0};
      ::poll(&wake, 1, -1);
      thread.clear();
      if (std::exchange(first, false)) {
        blocks.set_value();
        released.get_future().wait();
      }
      thread.answer();
    }
  });
  CAF_REQUIRE_EQUAL(failed, caf::none);
  std::mutex mutex;
  std::vector<lateness> changes;
  std::optional<heartbeat> heart;
  auto settings = settings_of([&] { ++beats; });
  settings.tell = [&] {
    auto news = heart->take();
    auto guard = std::lock_guard{mutex};
    for (auto& each : news.changes)
      changes.push_back(each);
  };
  heart.emplace(std::move(settings));
  CAF_REQUIRE_EQUAL(heart->start(), caf::none);
  heart->add(thread.witness("router"));
  auto count = [&] {
    auto guard = std::lock_guard{mutex};
    return changes.size();
  };
  CAF_CHECK(blocks.get_future().wait_for(20s) == std::future_status::ready);
  CAF_CHECK(eventually([&] { return count() == 1; }));
  CAF_CHECK(!heart->all_in_time());
  auto before = beats.load();
  CAF_CHECK(eventually([&] { return beats.load() > before + 10; }));
  released.set_value();
  CAF_CHECK(eventually([&] { return count() == 2; }));
  CAF_CHECK(eventually([&] { return heart->all_in_time(); }));
  // Its end is no lateness, for longer than a late one is given.
  thread.stop();
  before = beats.load();
  CAF_CHECK(eventually([&] { return beats.load() > before + 300; }));
  heart.reset();
  CAF_REQUIRE_EQUAL(changes.size(), 2u);
  CAF_CHECK_EQUAL(changes[0].name, "router");
  CAF_CHECK(changes[0].is_late);
  CAF_CHECK(changes[0].waited > 200ms);
  CAF_CHECK(!changes[1].is_late);
}

CAF_TEST(before the first beat after a stand still it is told) {
  std::vector<std::string> calls;
  std::atomic<int> beats{0};
  std::promise<void> again;
  std::optional<heartbeat> heart;
  auto settings = settings_of([&] {
    // It is this thread that is held up, as it is when all threads are.
    if (++beats == 3) {
      if (eventually([&] { return !heart->is_in_time(); }))
        calls.push_back("held up");
    } else if (beats == 4) {
      calls.push_back("beat");
      again.set_value();
    }
  });
  settings.patience = 300ms;
  settings.stood_still = [&](std::chrono::nanoseconds time) {
    if (time > 300ms)
      calls.push_back("told");
  };
  heart.emplace(std::move(settings));
  CAF_REQUIRE_EQUAL(heart->start(), caf::none);
  CAF_CHECK(again.get_future().wait_for(20s) == std::future_status::ready);
  auto longest = 0ns;
  CAF_CHECK(eventually([&] {
    longest = std::max(longest, heart->take().stood_still);
    return longest > 300ms;
  }));
  heart.reset();
  CAF_CHECK_EQUAL(calls, (std::vector<std::string>{"held up", "told", "beat"}));
}

CAF_TEST(its end waits for no interval) {
  std::promise<void> first;
  auto begin = std::chrono::steady_clock::now();
  {
    heartbeat heart{settings_of([&] { first.set_value(); }, 1h)};
    CAF_REQUIRE_EQUAL(heart.start(), caf::none);
    CAF_CHECK(first.get_future().wait_for(20s) == std::future_status::ready);
  }
  CAF_CHECK(std::chrono::steady_clock::now() - begin < 1min);
}

} // namespace heartbeat_suite
