// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_dispatcher_losses

#include "bridges/log/log_dispatcher.hpp"

#include <limits>

#include "messages/error.hpp"
#include "tests/support/log_dispatcher_fixture.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;

namespace log_dispatcher_losses_suite {

CAF_TEST_FIXTURE_SCOPE(log_dispatcher_losses_tests, log_dispatcher_fixture)

CAF_TEST(
  an output that hangs holds up no writer and the loss is told in place) {
  start_held_up(2);
  for (auto i = 0; i < 3; ++i)
    log.error("second");
  log.info("third");
  log.info("fourth", {{"transmit", false}});
  for (auto i = 0; i < 4; ++i)
    log.info("later");
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("later"), 4u);
  CAF_CHECK_EQUAL(first->own_events().size(), 7u);
  CAF_CHECK_EQUAL(first->lost_errors, 1u);
  CAF_CHECK_EQUAL(first->lost_infos, 2u);
  CAF_CHECK_EQUAL(first->seen_before_loss, 1u);
  CAF_CHECK_EQUAL(second->own_events().size() + second->lost_all, 10u);
}

CAF_TEST(an output that hangs holds up no other and the others hear of it) {
  start_held_up(2);
  auto all = size_t{1};
  for (auto i = 0; i < 20; ++i) {
    log.info("later");
    ++all;
    CAF_REQUIRE(eventually([&] { return second->own_events().size() == all; }));
  }
  CAF_CHECK(eventually([&] { return second->has("Log events dropped"); }));
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("later"), 4u);
  CAF_CHECK_EQUAL(first->lost_infos, 16u);
  CAF_CHECK_EQUAL(second->lost_all, 0u);
  uint64_t told = 0;
  for (auto& event : second->events())
    if (event.event == "Log events dropped")
      told += std::get<uint64_t>(event.fields[0].value);
  CAF_CHECK_EQUAL(told, 16u);
  CAF_CHECK(!first->has("Log events dropped"));
}

CAF_TEST(what each output has lost can be asked for) {
  start_held_up(2);
  CAF_REQUIRE_EQUAL(dispatcher->losses().size(), 2u);
  CAF_CHECK(dispatcher->losses()[0].count == 0);
  for (auto i = 0; i < 10; ++i)
    log.info("later");
  first->own = 5;
  auto all = dispatcher->losses();
  // Six for want of room, and its own.
  CAF_CHECK_EQUAL(all[0].count, 11u);
  CAF_CHECK_EQUAL(all[0].sink, "log_gate");
  CAF_CHECK_EQUAL(all[0].error, ENOSPC);
  first->open();
  dispatcher->close();
}

CAF_TEST(bulk events beyond the queue are lost and no other is lost for them) {
  start_held_up(4);
  auto bulk = log.as_bulk();
  for (auto i = 0; i < 100; ++i)
    bulk.info("line");
  for (auto i = 0; i < 4; ++i)
    log.info("important");
  for (auto i = 0; i < 100; ++i)
    bulk.info("line");
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("line"), 4u);
  CAF_CHECK_EQUAL(first->count("important"), 4u);
  CAF_CHECK_EQUAL(first->lost_infos, 196u);
}

CAF_TEST(no number of warnings costs an error) {
  start_held_up(4);
  log.critical("important");
  for (auto i = 0; i < 100; ++i)
    log.warning("as often as somebody likes");
  log.error("important");
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("important"), 2u);
  CAF_CHECK_EQUAL(first->count("as often as somebody likes"), 8u);
  CAF_CHECK_EQUAL(first->lost_errors, 0u);
  auto seen = first->own_events();
  CAF_CHECK_EQUAL(seen[1].event, "important");
  CAF_CHECK_EQUAL(seen.back().event, "important");
}

CAF_TEST(what is kept of too many bulk events is the last in their order) {
  start_held_up(4);
  auto bulk = log.as_bulk();
  for (auto i = 0; i < 100; ++i)
    bulk.info("line", {{"number", i}});
  log.info("important");
  bulk.info("line", {{"number", 100}});
  first->open();
  dispatcher->close();
  auto seen = first->own_events();
  CAF_REQUIRE_EQUAL(seen.size(), 6u);
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(seen[static_cast<size_t>(i + 1)].fields
              == (log_fields{{"number", 97 + i}}));
  CAF_CHECK_EQUAL(seen[4].event, "important");
  CAF_CHECK(seen[5].fields == (log_fields{{"number", 100}}));
}

CAF_TEST(a large queue has its memory when it is needed) {
  CAF_CHECK(log_dispatcher::make(std::numeric_limits<int32_t>::max(), {}));
  start_held_up(5000);
  auto bulk = log.as_bulk();
  for (auto i = 0; i < 12'000; ++i)
    bulk.info("line", {{"number", i}});
  first->open();
  dispatcher->close();
  auto seen = first->own_events();
  std::erase_if(seen, [](auto& x) { return x.event != "line"; });
  CAF_REQUIRE_EQUAL(seen.size(), 5000u);
  for (auto i = 0; i < 5000; ++i)
    CAF_REQUIRE(seen[static_cast<size_t>(i)].fields
                == (log_fields{{"number", 7000 + i}}));
}

CAF_TEST(all the other outputs hear of what one has lost) {
  start(8);
  first->own = 3;
  log.info("one");
  CAF_REQUIRE(eventually([&] { return second->has("Log events dropped"); }));
  auto told = second->events().back();
  CAF_CHECK_EQUAL(told.level, log_level::warning);
  CAF_CHECK_EQUAL(told.app, "robot");
  CAF_CHECK(told.fields
            == (log_fields{{"count", uint64_t{3}},
                           {"sink", "log_gate"},
                           {"cause", "no space left on device"}}));
  CAF_CHECK(!first->has("Log events dropped"));
  // No more than one a second, and the rest at the end.
  first->own = 4;
  log.info("two");
  first->own = 6;
  dispatcher->close();
  uint64_t sum = 0;
  for (auto& event : second->events())
    if (event.event == "Log events dropped")
      sum += std::get<uint64_t>(event.fields[0].value);
  CAF_CHECK_EQUAL(sum, 6u);
  CAF_CHECK_LESS(second->count("Log events dropped"), 4u);
}

CAF_TEST(what an output that is removed has lost is told) {
  start(8);
  log.info("one");
  CAF_REQUIRE(eventually([&] { return second->has("one"); }));
  first->own = 1;
  dispatcher->remove(first);
  CAF_CHECK(eventually([&] { return second->has("Log events dropped"); }));
}

CAF_TEST(no own event is lost for foreign ones) {
  start_held_up(4);
  log.info("own");
  log.as_bulk().info("line");
  for (auto i = 0; i < 100; ++i)
    dispatcher->pass_on({"foreign", log_level::info, {}, "arm", {}});
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("own"), 1u);
  CAF_CHECK_EQUAL(first->count("line"), 1u);
  CAF_CHECK_EQUAL(first->count("foreign"), 4u);
  CAF_CHECK_EQUAL(first->lost_infos, 96u);
}

CAF_TEST(what is lost of foreign events is told without an own one) {
  start(8);
  first->own = 1;
  dispatcher->pass_on({"foreign", log_level::info, {}, "arm", {}});
  CAF_CHECK(eventually([&] { return second->has("Log events dropped"); }));
}

CAF_TEST(what is written after the end is lost) {
  start(8);
  dispatcher->close();
  dispatcher->close();
  log.info("late");
  CAF_CHECK(!first->has("late"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_dispatcher_losses_suite
