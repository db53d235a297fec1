// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_dispatcher

#include "bridges/log/log_dispatcher.hpp"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "bridges/log/event_log.hpp"
#include "messages/error.hpp"
#include "tests/support/counted_memory.hpp"
#include "tests/support/log_dispatcher_fixture.hpp"
#include "tests/support/recording_log_output.hpp"
#include "tests/support/zmq_peer.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;

namespace log_dispatcher_suite {
namespace {

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

/// Its thread ends when it is asked for its losses once more.
class leaving_output : public recording_log_output {
public:
  void end() noexcept override {
    number = ::gettid();
    held.wait(true);
  }

  sink_loss own_loss() const noexcept override {
    if (armed.exchange(false)) {
      held = false;
      held.notify_all();
      auto task = "/proc/self/task/" + std::to_string(number);
      gone = eventually([&] { return !std::filesystem::exists(task); });
    }
    return {};
  }

  mutable std::atomic<bool> armed{false};
  mutable std::atomic<bool> held{true};
  mutable std::atomic<bool> gone{false};
  std::atomic<int> number{0};
};

/// Which no test waits for.
constexpr auto for_ever = std::chrono::hours{24};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_dispatcher_tests, log_dispatcher_fixture)

CAF_TEST(every output gets every event) {
  start(8);
  log.info("Process started", {{"pid", 17}});
  dispatcher->close();
  CAF_REQUIRE_EQUAL(first->events().size(), 1u);
  CAF_CHECK(first->events() == second->events());
  CAF_CHECK(first->events()[0].fields == (log_fields{{"pid", 17}}));
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

CAF_TEST(an output that is being removed at the end is left to its remover) {
  auto output = std::make_shared<leaving_output>();
  dispatcher = *log_dispatcher::make(8, {output});
  auto remover = std::thread{[&] { dispatcher->remove(output); }};
  CAF_REQUIRE(eventually([&] { return output->number != 0; }));
  // Between the end of its thread and the last look at it.
  output->armed = true;
  dispatcher->close();
  remover.join();
  CAF_CHECK(output->gone);
  CAF_CHECK(dispatcher->losses().empty());
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

CAF_TEST(a thread that publishes answers whoever asks whether it lives) {
  second->is_publisher = true;
  start(8);
  // The other one may wait for its reader.
  auto witnesses = dispatcher->witnesses();
  CAF_REQUIRE_EQUAL(witnesses.size(), 1u);
  auto& witness = witnesses.front();
  auto answers = [&](uint64_t question) {
    witness.ask(question);
    return eventually([&] { return witness.answered() >= question; });
  };
  for (uint64_t question = 1; question <= 100; ++question)
    CAF_CHECK(answers(question));
  // It hangs in an event.
  second->closed = true;
  log.info("first");
  CAF_REQUIRE(eventually([&] { return second->entered > 0; }));
  witness.ask(101);
  CAF_CHECK_EQUAL(witness.answered(), 100u);
  second->open();
  CAF_CHECK(eventually([&] { return witness.answered() == 101; }));
  dispatcher->remove(second);
  CAF_CHECK(answers(102));
  CAF_CHECK_EQUAL(dispatcher->witnesses().size(), 0u);
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

CAF_TEST(its end needs no memory) {
  start(8);
  log.info("one");
  auto before = allocations();
  dispatcher->close();
  CAF_CHECK_EQUAL(allocations(), before);
  CAF_CHECK(first->has("one"));
  CAF_CHECK(second->has("one"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_dispatcher_suite
