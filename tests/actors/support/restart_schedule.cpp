// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE restart_schedule

#include "actors/support/restart_schedule.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace restart_schedule_suite {
namespace {

struct fixture {
  restart_settings settings{.policy = restart_policy::on_failure,
                            .delay = 100ms,
                            .max_delay = 1s,
                            .limit = 100,
                            .window = 30s,
                            .healthy_after = 10s};
  restart_schedule::time_point now{};

  /// The delay of the next restart must be this, or up to a tenth more, but no
  /// more than the maximum.
  void check_delay(restart_schedule& schedule, caf::timespan least,
                   caf::timespan ran = 0s) {
    auto delay = schedule.plan(now, ran);
    CAF_REQUIRE(delay);
    CAF_CHECK_GREATER_OR_EQUAL(delay->count(), least.count());
    CAF_CHECK_LESS_OR_EQUAL(delay->count(), (least + least / 10).count());
    CAF_CHECK_LESS_OR_EQUAL(delay->count(), settings.max_delay.count());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(restart_schedule_tests, fixture)

CAF_TEST(the policy says after which ends) {
  struct row {
    restart_policy policy;
    bool after_failure;
    bool after_success;
  };
  for (auto [policy, after_failure, after_success] :
       {row{restart_policy::never, false, false},
        row{restart_policy::on_failure, true, false},
        row{restart_policy::always, true, true}}) {
    settings.policy = policy;
    restart_schedule schedule{settings, "camera"};
    CAF_CHECK_EQUAL(schedule.wanted(true), after_failure);
    CAF_CHECK_EQUAL(schedule.wanted(false), after_success);
  }
}

CAF_TEST(the delay doubles up to its maximum) {
  restart_schedule schedule{settings, "camera"};
  for (auto delay : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms})
    check_delay(schedule, delay);
  CAF_CHECK_EQUAL(schedule.count(), 6u);
}

CAF_TEST(a healthy run takes the delay back and mere time does not ) {
  restart_schedule schedule{settings, "camera"};
  for (auto delay : {100ms, 200ms, 400ms})
    check_delay(schedule, delay);
  now += 1h;
  check_delay(schedule, 800ms, 9999ms);
  check_delay(schedule, 100ms, 10s);
  check_delay(schedule, 200ms, 0s);
}

CAF_TEST(more restarts within the window than the limit are too many) {
  settings.limit = 3;
  restart_schedule schedule{settings, "camera"};
  for (int i = 0; i < 3; ++i) {
    CAF_CHECK(schedule.plan(now, 0s));
    now += 10s;
  }
  // The first is as old as the window, and in it still.
  CAF_CHECK(!schedule.plan(now, 0s));
  now += 1ms;
  CAF_CHECK(schedule.plan(now, 0s));
  CAF_CHECK(!schedule.plan(now, 0s));
  CAF_CHECK_EQUAL(schedule.count(), 4u);
}

CAF_TEST(a limit of none allows no restart) {
  settings.limit = 0;
  CAF_CHECK(!restart_schedule(settings, "camera").plan(now, 1h));
}

CAF_TEST(an order lets it begin anew) {
  settings.limit = 2;
  restart_schedule schedule{settings, "camera"};
  check_delay(schedule, 100ms);
  check_delay(schedule, 200ms);
  CAF_CHECK(!schedule.plan(now, 0s));
  schedule.begin_anew();
  check_delay(schedule, 100ms);
}

CAF_TEST(children that fail together do not start together) {
  restart_schedule camera{settings, "camera"};
  restart_schedule lidar{settings, "lidar"};
  auto equal = 0;
  for (auto i = 0; i < 20; ++i)
    equal += *camera.plan(now, 10s) == *lidar.plan(now, 10s) ? 1 : 0;
  CAF_CHECK_LESS(equal, 3);
}

CAF_TEST(no settings make a delay that is none) {
  for (auto [delay, most] : {std::pair<caf::timespan, caf::timespan>{10s, 1s},
                             {1ns, 1ns},
                             {caf::timespan::max(), caf::timespan::max()}}) {
    settings.delay = delay;
    settings.max_delay = most;
    restart_schedule schedule{settings, "camera"};
    for (auto i = 0; i < 80; ++i) {
      auto planned = schedule.plan(now, 0s);
      CAF_REQUIRE(planned);
      CAF_CHECK_GREATER(planned->count(), 0);
      CAF_CHECK_LESS_OR_EQUAL(planned->count(), most.count());
    }
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace restart_schedule_suite
