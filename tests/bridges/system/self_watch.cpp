// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE self_watch

#include "bridges/system/self_watch.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace self_watch_suite {
namespace {

struct fixture {
  /// Answers at once until it is told not to.
  struct part {
    uint64_t asked = 0;
    uint64_t answered = 0;
    int questions = 0;
    bool silent = false;

    heartbeat_witness witness(std::string name,
                              std::chrono::nanoseconds bound = {}) {
      return {[this](uint64_t question) {
                asked = question;
                ++questions;
                if (!silent)
                  answered = question;
              },
              [this] { return answered; }, bound, std::move(name)};
    }
  };

  /// Looks every 20 ms for so long.
  self_watch_view run(std::chrono::nanoseconds time) {
    self_watch_view result;
    for (auto end = now + time; now < end;)
      result = look(20ms);
    return result;
  }

  /// In time where it is not later than 20 ms.
  self_watch_view look(std::chrono::nanoseconds later) {
    watch.plan(now + 20ms);
    now += later;
    return watch.look(now, changes);
  }

  std::chrono::nanoseconds now = 1h;
  self_watch watch{{.patience = 100ms}, now};
  std::vector<lateness> changes;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(self_watch_tests, fixture)

CAF_TEST(who answers is not told of and is asked at its interval) {
  part router;
  part sentry;
  watch.add(router.witness("router"));
  watch.add(sentry.witness("sentry", 100ms));
  auto view = run(10s);
  CAF_CHECK(view.is_well);
  CAF_CHECK(view.all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 0u);
  CAF_CHECK_EQUAL(router.questions, 20);
  // 20 ms apart are looks, so that 50 ms are 60.
  CAF_CHECK_EQUAL(sentry.questions, 167);
}

CAF_TEST(who does not answer for 200 ms is named once and again when it does) {
  part router;
  router.silent = true;
  watch.add(router.witness("router"));
  CAF_CHECK(look(20ms).all_in_time);
  CAF_CHECK(run(200ms).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 0u);
  auto view = look(20ms);
  CAF_CHECK(!view.all_in_time);
  // Its silence disables nobody.
  CAF_CHECK(view.is_well);
  CAF_REQUIRE_EQUAL(changes.size(), 1u);
  CAF_CHECK(changes[0] == (lateness{"router", true, 220ms}));
  CAF_CHECK(!run(5s).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 1u);
  // It has been asked once: what hangs is not flooded.
  CAF_CHECK_EQUAL(router.questions, 1);
  router.silent = false;
  router.answered = router.asked;
  CAF_CHECK(look(20ms).all_in_time);
  CAF_REQUIRE_EQUAL(changes.size(), 2u);
  CAF_CHECK(changes[1] == (lateness{"router", false, 5240ms}));
  CAF_CHECK(run(1s).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 2u);
  // Another time is told anew.
  router.silent = true;
  run(1s);
  CAF_CHECK_EQUAL(changes.size(), 3u);
}

CAF_TEST(who is not well has not answered in its bound) {
  part sentry;
  part root;
  sentry.silent = true;
  watch.add(sentry.witness("sentry", 100ms));
  watch.add(root.witness("application", 1s));
  look(20ms);
  CAF_CHECK(run(100ms).is_well);
  auto view = look(20ms);
  CAF_CHECK(!view.is_well);
  // Late is who takes 200 ms, whatever its bound.
  CAF_CHECK(view.all_in_time);
  sentry.silent = false;
  sentry.answered = sentry.asked;
  CAF_CHECK(look(20ms).is_well);
  CAF_CHECK_EQUAL(changes.size(), 0u);
  root.silent = true;
  CAF_CHECK(run(1s).is_well);
  CAF_CHECK_EQUAL(changes.size(), 1u);
  // It may have been asked half a second after the last answer.
  CAF_CHECK(!run(600ms).is_well);
}

CAF_TEST(it is told whether an answer is owed) {
  part router;
  router.silent = true;
  watch.add(router.witness("router"));
  CAF_CHECK(look(20ms).is_owed);
  CAF_CHECK(look(20ms).is_owed);
  router.answered = router.asked;
  CAF_CHECK(!look(20ms).is_owed);
  router.silent = false;
  // It has been asked, and nobody has looked at the answer yet.
  CAF_CHECK(run(460ms).is_owed);
  CAF_CHECK(!look(20ms).is_owed);
}

CAF_TEST(a process that stood still is told how long) {
  CAF_CHECK(look(100ms).stood_still == 0ns);
  CAF_CHECK(look(100ms + 1ns).stood_still == 100ms + 1ns);
  CAF_CHECK(look(20ms).stood_still == 0ns);
  CAF_CHECK(look(2h).stood_still == 2h);
  CAF_CHECK(look(20ms).stood_still == 0ns);
}

CAF_TEST(what is done about a stand still is none itself) {
  CAF_CHECK(look(1s).stood_still == 1s);
  now += 3s;
  watch.went_on(now);
  CAF_CHECK(look(20ms).stood_still == 0ns);
}

CAF_TEST(a time in which all stood still counts against nobody) {
  part sentry;
  part router;
  sentry.silent = router.silent = true;
  watch.add(sentry.witness("sentry", 100ms));
  watch.add(router.witness("router"));
  look(20ms);
  auto view = look(1h);
  CAF_CHECK(view.stood_still == 1h);
  CAF_CHECK(view.is_well);
  CAF_CHECK(view.all_in_time);
  CAF_CHECK(run(80ms).is_well);
  CAF_CHECK(!look(20ms).is_well);
  CAF_CHECK(!run(100ms).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 2u);
}

CAF_TEST(nor does a look that is late without having stood still) {
  part router;
  router.silent = true;
  watch.add(router.witness("router"));
  look(20ms);
  for (auto i = 0; i < 10; ++i) {
    auto view = look(100ms);
    CAF_CHECK(view.stood_still == 0ns);
    CAF_CHECK(view.all_in_time);
  }
  CAF_CHECK(!look(20ms).all_in_time);
}

CAF_TEST(who was late before stays so) {
  part router;
  router.silent = true;
  watch.add(router.witness("router"));
  CAF_CHECK(!run(1s).all_in_time);
  CAF_CHECK(!look(1h).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 1u);
}

CAF_TEST(who need not answer any more is not late) {
  sign_of_life life;
  watch.add({[&](uint64_t question) { life.ask(question); },
             [&] { return life.answered(); },
             {},
             "router"});
  CAF_CHECK(!run(1s).all_in_time);
  life.end();
  CAF_CHECK(run(1s).all_in_time);
  CAF_CHECK_EQUAL(changes.size(), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace self_watch_suite
