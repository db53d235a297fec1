// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE child_health

#include "actors/support/child_health.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace child_health_suite {
namespace {

using demand = child_health::demand;
using time_point = child_health::time_point;

constexpr auto never = time_point::max();

/// A child that says when it is ready, and has a watchdog and a probe.
struct fixture {
  process_settings settings;
  child_health health;
  time_point start{1h};

  fixture() {
    settings.terminate_timeout = 2s;
    settings.ready.kind = readiness::notify;
    settings.ready.timeout = 10s;
    settings.ready.watchdog = 1s;
    settings.probe.command = {"look"};
    settings.probe.interval = 5s;
    settings.probe.timeout = 3s;
    settings.probe.limit = 2;
    begin();
  }

  void begin() {
    health = child_health{settings};
    health.begin(start);
  }

  void hear(const child_news& news, caf::timespan after = 0s) {
    health.hear(news, start + after);
  }

  demand next(caf::timespan after, bool probe_free = true) {
    return health.next(start + after, probe_free);
  }

  time_point look_at(bool probe_free = true) const {
    return health.look_at(probe_free);
  }

  void become_ready() {
    hear({.ready = true});
    CAF_CHECK(next(0s) == demand::tell_ready);
    CAF_CHECK(next(0s) == demand::nothing);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(child_health_tests, fixture)

CAF_TEST(nothing is demanded of what does not live) {
  CAF_CHECK(child_health{}.look_at(true) == never);
  CAF_CHECK(child_health{}.next(start, true) == demand::nothing);
  become_ready();
  health.end();
  CAF_CHECK(look_at() == never);
  CAF_CHECK(next(1h) == demand::nothing);
}

CAF_TEST(the next look is when something may be due) {
  CAF_CHECK(look_at() == start + 10s);
  hear({.extension = 30s});
  CAF_CHECK(look_at() == start + 30s);
  become_ready();
  CAF_CHECK(look_at() == start + 1s);
  hear({.heartbeat = start + 900ms}, 1s);
  CAF_CHECK(look_at() == start + 1900ms);
  hear({.watchdog = 1min}, 1s);
  CAF_CHECK(look_at() == start + 5s);
  CAF_CHECK(look_at(false) == start + 61s);
  CAF_CHECK(next(5s) == demand::start_probe);
  CAF_CHECK(look_at() == start + 8s);
  CAF_CHECK(next(8s) == demand::kill_probe);
  CAF_CHECK(look_at() == start + 61s);
  CAF_CHECK(!health.probe_ended(true, start + 9s));
  CAF_CHECK(look_at() == start + 14s);
  hear({.stopping = true}, 10s);
  CAF_CHECK(look_at() == start + 12s);
}

CAF_TEST(heartbeats before readiness and old ones count nothing) {
  hear({.heartbeat = start + 1min});
  become_ready();
  CAF_CHECK(look_at() == start + 1s);
  hear({.heartbeat = start - 1s});
  CAF_CHECK(look_at() == start + 1s);
}

CAF_TEST(ready and stopping in one breath is both) {
  hear({.ready = true, .stopping = true});
  CAF_CHECK(next(0s) == demand::tell_ready);
  CAF_CHECK(!health.ready());
  CAF_CHECK(health.has_been_ready());
  CAF_CHECK(next(2s) == demand::fail);
  CAF_CHECK_EQUAL(health.failure(), "did not stop in time");
}

CAF_TEST(what a child says makes none ready that its probe is to find so) {
  settings.ready.kind = readiness::probe;
  begin();
  hear({.ready = true});
  CAF_CHECK(next(0s) == demand::start_probe);
  CAF_CHECK(!health.probe_ended(false, start));
  CAF_CHECK(next(5s) == demand::start_probe);
  CAF_CHECK(!health.has_been_ready());
  CAF_CHECK(health.probe_ended(true, start + 5s));
  CAF_CHECK(next(5s) == demand::tell_ready);
}

CAF_TEST(a probe of another start is not waited for by looks) {
  become_ready();
  hear({.watchdog = 1h});
  CAF_CHECK(next(5s, false) == demand::nothing);
  CAF_CHECK(look_at(false) > start + 5s);
  CAF_CHECK(next(6s) == demand::start_probe);
}

CAF_TEST(no more than a thousand changes of the watchdog are obeyed) {
  become_ready();
  for (auto i = 0; i < 5000; ++i)
    hear({.watchdog = 1h});
  hear({.watchdog = 1ms});
  CAF_CHECK(next(10ms) == demand::nothing);
}

CAF_TEST(late looks are forgiven three times without a sign of life) {
  become_ready();
  auto now = 0s;
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(next(now += 2s, false) == demand::nothing);
  CAF_CHECK(next(now += 2s, false) == demand::fail);
  CAF_CHECK(health.watchdog_missed());
  CAF_CHECK(health.late() == caf::timespan{1s});
  begin();
  become_ready();
  now = 0s;
  for (auto i = 0; i < 20; ++i) {
    CAF_CHECK(next(now += 2s, false) == demand::nothing);
    hear({.heartbeat = start + now}, now);
  }
}

CAF_TEST(every failure has its text) {
  CAF_CHECK(next(10s) == demand::fail);
  CAF_CHECK_EQUAL(health.failure(), "not ready in time");
  CAF_CHECK(!health.watchdog_missed());
  begin();
  become_ready();
  CAF_CHECK(next(1s) == demand::fail);
  CAF_CHECK_EQUAL(health.failure(), "watchdog missed");
  settings.ready.watchdog = 0s;
  for (auto limit : {1u, 2u}) {
    settings.probe.limit = limit;
    begin();
    become_ready();
    for (auto i = 1u; i <= limit; ++i) {
      CAF_CHECK(next(i * 5s) == demand::start_probe);
      CAF_CHECK(!health.probe_ended(false, start + i * 5s));
    }
    CAF_CHECK(next(limit * 5s) == demand::fail);
    CAF_CHECK_EQUAL(health.failure(),
                    limit == 1 ? "probe failed once" : "probe failed 2 times");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace child_health_suite
