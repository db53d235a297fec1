// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_dispatcher

#include "bridges/log/log_dispatcher.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "bridges/log/event_log.hpp"
#include "messages/error.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace {

/// Keeps events, holds its thread up, and hears of losses.
class gate : public recording_log_output {
public:
  void write(const log_event& event) noexcept override {
    ++entered;
    closed.wait(true);
    recording_log_output::write(event);
  }

  void lost(const log_loss& loss) noexcept override {
    lost_infos += loss.by_level[1];
    lost_errors += loss.by_level[3];
    lost_all += loss.total();
    seen_before_loss = events().size();
  }

  bool settle() noexcept override {
    return ++settled > 3;
  }

  bool publishes() const noexcept override {
    return is_publisher;
  }

  void hurry() noexcept override {
    hurries = true;
  }

  void end() noexcept override {
    ended = true;
  }

  sink_loss own_loss() const noexcept override {
    return {"gate", "robot", own, ENOSPC};
  }

  /// But for reports of losses.
  std::vector<log_event> own_events() const {
    auto result = events();
    std::erase_if(result,
                  [](auto& x) { return x.event == "Log events dropped"; });
    return result;
  }

  void open() {
    closed = false;
    closed.notify_all();
  }

  std::atomic<bool> closed{false};
  std::atomic<uint64_t> own{0};
  std::atomic<int> entered{0};
  std::atomic<uint64_t> lost_infos{0};
  std::atomic<uint64_t> lost_errors{0};
  std::atomic<uint64_t> lost_all{0};
  std::atomic<size_t> seen_before_loss{0};
  std::atomic<int> settled{0};
  std::atomic<bool> hurries{false};
  std::atomic<bool> ended{false};
  bool is_publisher = false;
};

/// Whether both threads of the dispatcher wait, for events or for them to
/// gather.
bool dispatcher_sleeps() {
  auto sleeping = 0;
  for (auto& thread : std::filesystem::directory_iterator{"/proc/self/task"}) {
    // Its number, name and state: `7 (rr-log) S`.
    std::ifstream file{thread.path() / "stat"};
    std::string number, name, state;
    if (file >> number >> name >> state && name == "(rr-log)" && state == "S")
      ++sleeping;
  }
  return sleeping == 2;
}

struct fixture {
  std::shared_ptr<gate> first = std::make_shared<gate>();
  std::shared_ptr<gate> second = std::make_shared<gate>();
  std::shared_ptr<log_dispatcher> dispatcher;
  event_log log;

  void start(size_t queue, std::chrono::milliseconds gather_time
                           = log_dispatcher::default_gather_time) {
    auto made = log_dispatcher::make(queue, {first, second}, gather_time);
    CAF_REQUIRE(made);
    dispatcher = *made;
    log = event_log{dispatcher, "robot"};
  }

  /// Returns once the thread of `first` hangs in the first event.
  void start_held_up(size_t queue) {
    first->closed = true;
    start(queue);
    log.info("first");
    CAF_REQUIRE(eventually([&] { return first->entered > 0; }));
  }
};

/// Which no test waits for.
constexpr auto for_ever = std::chrono::hours{24};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_dispatcher_tests, fixture)

CAF_TEST(every output gets every event) {
  start(8);
  log.info("Process started", {{"pid", 17}});
  dispatcher->close();
  CAF_REQUIRE_EQUAL(first->events().size(), 1u);
  CAF_CHECK(first->events() == second->events());
  CAF_CHECK(first->events()[0].fields == (log_fields{{"pid", 17}}));
}

CAF_TEST(
  an output that hangs holds up no writer and the loss is told in place) {
  start_held_up(2);
  log.error("second");
  log.info("third");
  log.info("fourth", {{"transmit", false}});
  for (auto i = 0; i < 4; ++i)
    log.info("later");
  first->open();
  dispatcher->close();
  CAF_CHECK_EQUAL(first->count("later"), 4u);
  CAF_CHECK_EQUAL(first->own_events().size(), 5u);
  CAF_CHECK_EQUAL(first->lost_errors, 1u);
  CAF_CHECK_EQUAL(first->lost_infos, 2u);
  CAF_CHECK_EQUAL(first->seen_before_loss, 1u);
  CAF_CHECK_EQUAL(second->own_events().size() + second->lost_all, 8u);
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

CAF_TEST(a full queue of bulk events is handed over at once) {
  start(4, for_ever);
  log.info("first");
  CAF_REQUIRE(eventually([&] { return second->has("first"); }));
  for (size_t i = 1; i <= 12; ++i) {
    log.as_bulk().info("line");
    CAF_REQUIRE(eventually([&] { return second->count("line") + 3 >= i; }));
  }
}

CAF_TEST(the events of a thread keep their order) {
  start(100'000);
  std::vector<std::thread> threads;
  for (auto t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (auto i = 0; i < 2000; ++i)
        log.info("Counted", {{"thread", t}, {"number", i}});
    });
  for (auto& thread : threads)
    thread.join();
  dispatcher->close();
  std::array<int64_t, 4> next{};
  auto seen = first->events();
  CAF_REQUIRE_EQUAL(seen.size(), 8000u);
  for (auto& event : seen) {
    auto thread = std::get<int64_t>(event.fields[0].value);
    auto number = std::get<int64_t>(event.fields[1].value);
    CAF_REQUIRE_EQUAL(number, next[static_cast<size_t>(thread)]++);
  }
}

CAF_TEST(the first event of all does not wait until events have gathered) {
  start(100, for_ever);
  CAF_REQUIRE(eventually(dispatcher_sleeps));
  log.info("one");
  CAF_CHECK(eventually([&] { return second->has("one"); }));
}

CAF_TEST(events that come one by one are handed over) {
  start(8, std::chrono::milliseconds{1});
  for (size_t i = 1; i <= 20; ++i) {
    log.info("one");
    CAF_REQUIRE(eventually([&] { return second->count("one") == i; }));
  }
}

CAF_TEST(an error does not wait until events have gathered) {
  start(100, for_ever);
  log.info("one");
  CAF_REQUIRE(eventually([&] { return second->has("one"); }));
  log.info("two");
  log.error("three");
  CAF_CHECK(eventually([&] { return second->has("three"); }));
  CAF_CHECK(second->has("two"));
}

CAF_TEST(a queue half full does not wait until events have gathered) {
  start(4, for_ever);
  for (size_t i = 1; i <= 12; ++i) {
    log.info("one");
    // No more than three wait.
    CAF_REQUIRE(eventually([&] { return second->count("one") + 3 >= i; }));
  }
}

CAF_TEST(neither the end nor a change of outputs waits for events) {
  start(8, for_ever);
  log.info("one");
  CAF_REQUIRE(eventually([&] { return second->has("one"); }));
  log.info("two");
  dispatcher->remove(first);
  CAF_CHECK(first->has("two"));
  CAF_CHECK(first->hurries);
  CAF_CHECK(first->ended);
  CAF_CHECK(!second->hurries);
  log.info("three");
  dispatcher->close();
  CAF_CHECK(second->has("three"));
  CAF_CHECK(second->hurries);
  CAF_CHECK(second->ended);
}

CAF_TEST(an output that is added gets later events) {
  start(8);
  log.info("before");
  auto third = std::make_shared<recording_log_output>();
  CAF_CHECK(!dispatcher->add(third));
  log.info("after");
  dispatcher->close();
  CAF_CHECK_EQUAL(third->events().size(), 1u);
  CAF_CHECK(third->has("after"));
}

CAF_TEST(an output that is removed has all that was written before) {
  start(1000);
  for (auto round = 0; round < 50; ++round) {
    auto third = std::make_shared<recording_log_output>();
    CAF_CHECK(!dispatcher->add(third));
    for (auto i = 0; i < 100; ++i)
      log.info("before");
    dispatcher->remove(third);
    log.info("after");
    CAF_REQUIRE_EQUAL(third->count("before"), 100u);
    CAF_REQUIRE_EQUAL(third->count("after"), 0u);
  }
}

CAF_TEST(what is not settled is asked for again without an event) {
  start(8);
  log.info("one");
  CAF_CHECK(eventually([&] { return first->settled > 3; }));
}

CAF_TEST(a silence after a full queue leaves nothing unsettled) {
  start_held_up(8);
  for (auto i = 0; i < 20; ++i)
    log.info("more than there is room for");
  first->open();
  CAF_CHECK(eventually([&] { return first->settled > 3; }));
  CAF_CHECK_EQUAL(first->lost_infos, 4u);
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
                           {"sink", "gate"},
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

CAF_TEST(what other programs have published is passed on at once) {
  start(8, for_ever);
  dispatcher->pass_on({"foreign", log_level::info, {}, "arm", {}});
  CAF_CHECK(eventually([&] { return first->has("foreign"); }));
  CAF_CHECK(eventually([&] { return second->has("foreign"); }));
}

CAF_TEST(an output that publishes gets neither foreign events nor local ones) {
  second->is_publisher = true;
  start(8);
  dispatcher->pass_on({"foreign", log_level::info, {}, "arm", {}});
  log.info("local", {{"transmit", false}});
  log.info("own");
  dispatcher->close();
  CAF_CHECK_EQUAL(first->events().size(), 3u);
  CAF_CHECK_EQUAL(second->events().size(), 1u);
  CAF_CHECK(second->has("own"));
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

CAF_TEST(an empty queue is refused) {
  auto made = log_dispatcher::make(0, {});
  CAF_REQUIRE(!made);
  CAF_CHECK(made.error() == ec::bad_configuration);
}

CAF_TEST(events below the level are not even made) {
  start(8);
  auto quiet = event_log{dispatcher, "robot", log_level::warning};
  quiet.info("quiet", {{"pid", 17}});
  quiet.info("quiet", log_fields{{"pid", 17}});
  quiet.warning("loud", {{"pid", 17}});
  quiet.with({{"a", 1}}).warning("louder", {{"pid", 17}});
  dispatcher->close();
  CAF_REQUIRE_EQUAL(first->events().size(), 2u);
  CAF_CHECK(first->events()[1].fields == (log_fields{{"a", 1}, {"pid", 17}}));
}

CAF_TEST_FIXTURE_SCOPE_END()
