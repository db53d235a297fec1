// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_relay_thread

#include "bridges/log_stream/log_relay_thread.hpp"

#include <malloc.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "messages/error.hpp"
#include "tests/support/log_peers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace log_relay_thread_suite {
namespace {

using clock = std::chrono::steady_clock;

struct fixture {
  temporary_folder folder;
  zmq::context_t context;
  zmq::context_t peers;
  log_forwarder_settings settings{{"tcp://127.0.0.1:*"},
                                  {folder.ipc("log.sock")},
                                  "inproc://log"};
  std::mutex mutex;
  std::vector<log_failed> failures;
  std::unique_ptr<log_relay_thread> relay;

  caf::expected<std::unique_ptr<log_relay_thread>> make() {
    return log_relay_thread::make(context, settings, [this](auto& fact) {
      std::lock_guard guard{mutex};
      failures.push_back(fact);
    });
  }

  void start() {
    auto made = make();
    CAF_REQUIRE(made);
    relay = std::move(*made);
  }

  log_source source() {
    return {peers, relay->backend_endpoints()[0]};
  }

  log_reader sink(const std::vector<std::string>& prefixes = {""}) {
    return {peers, relay->frontend_endpoints()[0], prefixes};
  }

  /// One that will not read, and keeps next to nothing itself.
  log_reader stalled_sink() {
    return {peers, relay->frontend_endpoints()[0], {""}, 1, 4096};
  }
};

/// What this process has set aside, in bytes.
size_t heap_in_use() {
  auto all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_relay_thread_tests, fixture)

CAF_TEST(any number of frames passes unchanged and in order) {
  start();
  auto from = source();
  auto to = sink();
  to.wait_for(from);
  auto messages = std::vector<frames>{{"info"},
                                      {"info", ""},
                                      {"", "payload"},
                                      frames(100, std::string(300, 'x')),
                                      {"warning", std::string(1 << 20, '\0')}};
  for (const auto& message : messages)
    from.send(message);
  for (const auto& message : messages)
    CAF_CHECK(to.receive() == message);
}

CAF_TEST(the order of each publisher is kept and everything is counted) {
  settings.queue = 100'000;
  start();
  auto first = source();
  auto second = source();
  auto to = sink();
  to.wait_for(first);
  to.wait_for(second);
  auto before = relay->counters().received;
  constexpr auto count = 3000;
  for (auto i = 0; i < count; ++i) {
    first.send({"info", "a" + std::to_string(i)});
    second.send({"info", "b" + std::to_string(i)});
  }
  std::map<char, int> next;
  for (auto i = 0; i < 2 * count; ++i) {
    auto message = to.receive();
    CAF_REQUIRE_EQUAL(message.size(), 2u);
    auto number = std::to_string(next[message[1][0]]++);
    CAF_REQUIRE_EQUAL(message[1].substr(1), number);
  }
  CAF_CHECK_EQUAL(relay->counters().received - before, uint64_t{2 * count});
  CAF_CHECK_EQUAL(relay->counters().forwarded, relay->counters().received);
}

CAF_TEST(a reader gets what its prefixes match and no more) {
  start();
  auto from = source();
  auto to = sink({"warn", "critical"});
  to.wait_for(from);
  for (auto level : {"debug", "info", "warning", "warn", "error", "critical"})
    from.send({level, "x"});
  CAF_CHECK(to.receive() == (frames{"warning", "x"}));
  CAF_CHECK(to.receive() == (frames{"warn", "x"}));
  CAF_CHECK(to.receive() == (frames{"critical", "x"}));
}

CAF_TEST(a reader that does not read delays nothing) {
  // Where the relay does not come to sleep between two events, libzmq looks for
  // what has been read each millisecond or two, and is told of every fifty
  // events only. It would drop an event for who reads, too, if as many more
  // passed meanwhile; of this size they cannot.
  settings.queue = 100;
  start();
  auto from = source();
  auto stalled = stalled_sink();
  stalled.wait_for(from);
  auto to = sink();
  to.wait_for(from);
  // More than its socket and the system's buffers hold.
  std::string payload(1 << 18, 'x');
  for (auto i = 0; i < 200; ++i) {
    from.send({"info", payload});
    CAF_REQUIRE_EQUAL(to.receive().size(), 2u);
  }
}

CAF_TEST(what waits for a reader is bounded in bytes) {
  settings.waiting_bytes = 1 << 20;
  start();
  auto from = source();
  auto to = sink();
  to.wait_for(from);
  auto large = frames{"info", std::string(1 << 18, 'x')};
  auto small = frames{"info", "small"};
  auto passes = [&] {
    from.send(large);
    from.send(small);
    auto next = to.receive();
    if (next == large)
      CAF_CHECK(to.receive() == small);
    else
      CAF_CHECK(next == small);
    return next == large;
  };
  auto left_out = [&] {
    auto now = relay->counters();
    return now.received - now.forwarded;
  };
  {
    auto stalled = stalled_sink();
    stalled.wait_for(from);
    while (!to.receive(50ms).empty()) {
    }
    // What the system's buffers hold passes.
    auto count = 0;
    while (count < 200 && passes())
      ++count;
    CAF_CHECK_LESS(count, 100);
    CAF_CHECK(eventually([&] { return left_out() == 1; }));
  }
  // What waited for that reader is gone with it.
  CAF_CHECK(eventually(passes));
}

CAF_TEST(a small event that waits keeps no more memory than its own) {
  settings.gathering = 0ms;
  start();
  auto from = source();
  auto stalled = stalled_sink();
  stalled.wait_for(from);
  auto to = sink();
  to.wait_for(from);
  // One at a time: libzmq reads each into 8 KiB of its own.
  auto event = frames{"info", std::string(4000, 'x')};
  auto pass = [&](int count) {
    for (auto i = 0; i < count; ++i) {
      from.send(event);
      CAF_REQUIRE(to.receive() == event);
    }
  };
  // What the system's buffers hold.
  pass(2000);
  auto before = heap_in_use();
  pass(2000);
  CAF_CHECK_LESS(heap_in_use() - before, size_t{20'000'000});
}

CAF_TEST(an event after a silence waits for others) {
  settings.gathering = 100ms;
  start();
  auto from = source();
  auto to = sink();
  to.wait_for(from);
  // It has not to wait where the relay is busy with the one before, which may
  // be each time on a busy machine.
  CAF_CHECK(eventually([&] {
    std::this_thread::sleep_for(10ms);
    auto before = clock::now();
    from.send({"info", "x"});
    CAF_REQUIRE(to.receive() == (frames{"info", "x"}));
    return clock::now() - before >= 100ms;
  }));
}

CAF_TEST(events that come fast are not held up) {
  settings.gathering = 100ms;
  start();
  auto from = source();
  auto to = sink();
  to.wait_for(from);
  auto before = clock::now();
  for (auto left = 10'000; left > 0; left -= 100) {
    for (auto i = 0; i < 100; ++i)
      from.send({"info", "x"});
    for (auto i = 0; i < 100; ++i)
      CAF_REQUIRE(to.receive() == (frames{"info", "x"}));
  }
  // A hundred times 100 ms, were they held up.
  CAF_CHECK(clock::now() - before < 9s);
}

CAF_TEST(neither a new publisher nor the end waits for events to gather) {
  settings.gathering = 1min;
  start();
  // Inside the process it is subscribed at once; nothing can be sent to see it.
  log_reader to{context, settings.inside + std::string{readers_inside}};
  // Returns when it is subscribed to.
  auto from = source();
  auto sent = 0;
  // One that comes while the relay is busy with the one before, or with the new
  // publisher, has not to wait.
  CAF_REQUIRE(eventually([&] {
    from.send({"info", std::to_string(++sent)});
    return to.receive(100ms).empty();
  }));
  relay.reset();
  CAF_CHECK(to.receive() == (frames{"info", std::to_string(sent)}));
}

CAF_TEST(what a publisher has sent ahead arrives although it has ended) {
  settings.gathering = 300ms;
  start();
  auto to = sink();
  // Nearly as many as libzmq holds for a peer, unless a publisher says
  // otherwise: what `wait_for` has sent may wait there, too.
  constexpr auto count = 950;
  {
    auto from = source();
    to.wait_for(from);
    for (auto i = 0; i < count; ++i)
      from.send({"info", std::to_string(i)});
  }
  for (auto i = 0; i < count; ++i)
    CAF_REQUIRE_EQUAL(to.receive(), (frames{"info", std::to_string(i)}));
}

CAF_TEST(what was sent inside the process is forwarded before the end) {
  settings.queue = 100'000;
  for (auto round = 0; round < 20; ++round) {
    // libzmq lets go of a name some time after the socket has been closed.
    settings.inside = "inproc://log-" + std::to_string(round);
    start();
    auto to = sink();
    {
      log_source from{context, settings.inside};
      to.wait_for(from);
      for (auto i = 0; i < 500; ++i)
        from.send({"info", std::to_string(i)});
    }
    relay.reset();
    for (auto i = 0; i < 500; ++i)
      CAF_REQUIRE(to.receive() == (frames{"info", std::to_string(i)}));
  }
}

CAF_TEST(the end does not wait for a reader) {
  settings.queue = 100;
  start();
  // What it has not sent by then, nobody takes any more.
  log_source from{peers, relay->backend_endpoints()[0], 0ms};
  auto stalled = stalled_sink();
  stalled.wait_for(from);
  std::string payload(1 << 18, 'x');
  for (auto i = 0; i < 200; ++i)
    from.send({"info", payload});
  auto before = clock::now();
  relay.reset();
  context.close();
  // For ever, would it wait.
  CAF_CHECK(clock::now() - before < 10s);
}

CAF_TEST(a frame that is too large costs its publisher the connection) {
  settings.max_message = 1000;
  start();
  auto good = source();
  auto bad = source();
  auto to = sink();
  to.wait_for(good);
  bad.send({"info", std::string(1001, 'x')});
  good.send({"info", "small"});
  CAF_CHECK(to.receive() == (frames{"info", "small"}));
  CAF_CHECK(to.receive(100ms).empty());
}

CAF_TEST(an address that is served already is an error that names it) {
  start();
  // As of another process.
  settings.inside = "inproc://another-log";
  auto second = make();
  CAF_REQUIRE(!second);
  CAF_CHECK_EQUAL(describe(second.error()),
                  "cannot bind " + folder.ipc("log.sock")
                    + ": another process is serving it");
  settings.frontend = relay->frontend_endpoints();
  auto third = make();
  CAF_REQUIRE(!third);
  CAF_CHECK_EQUAL(describe(third.error()), "cannot bind " + settings.frontend[0]
                                             + ": address already in use");
}

CAF_TEST(a failure is reported when the context ends first) {
  start();
  context.shutdown();
  CAF_REQUIRE(eventually([&] {
    std::lock_guard guard{mutex};
    return !failures.empty();
  }));
  CAF_CHECK_EQUAL(describe(failures[0].reason),
                  "cannot forward log events: context was terminated");
}

CAF_TEST(its thread answers whoever asks whether it lives) {
  start();
  auto witness = relay->witness();
  for (uint64_t question = 1; question <= 3; ++question) {
    witness.ask(question);
    CAF_CHECK(eventually([&] { return witness.answered() == question; }));
  }
  relay.reset();
  witness.ask(4);
  CAF_CHECK_GREATER(witness.answered(), 4u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_relay_thread_suite
