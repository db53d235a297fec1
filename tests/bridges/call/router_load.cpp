// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE router_load

#include <atomic>

#include "tests/support/router_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace router_load_suite {
namespace {

using clock_type = std::chrono::steady_clock;

struct fixture : router_fixture {
  std::atomic<bool> done{false};
  std::vector<std::thread> floods;

  /// Sends as fast as it can, from a thread of its own.
  void flood(const std::string& endpoint, const std::string& identity,
             const frames& message) {
    floods.emplace_back([=, this] {
      zmq_peer source{peers, endpoint, identity, {.high_water_mark = 1000}};
      source.socket().set(zmq::sockopt::sndtimeo, 100);
      // Without it libzmq 4.3.4 may abort when such a socket is closed while
      // its connection breaks in the midst of a message (libzmq issue 3442).
      source.socket().set(zmq::sockopt::linger, 100);
      while (!done)
        source.send(message);
    });
  }

  void stop_floods() {
    done = true;
    for (auto& thread : floods)
      thread.join();
    floods.clear();
  }

  ~fixture() {
    stop_floods();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(router_load_tests, fixture)

CAF_TEST(a full queue drops and counts and delays nobody else) {
  settings.queue = 10;
  start();
  zmq_peer slow{peers,
                router->backend_endpoints()[0],
                "slow",
                {.high_water_mark = 1, .receive_buffer = 4096}};
  auto quick = service("quick");
  CAF_REQUIRE(wait_for_probes(2));
  auto caller = client("caller");
  auto other = client("other");
  constexpr auto count = 500u;
  std::string payload(100'000, 'x');
  for (auto i = 0u; i < count; ++i)
    CAF_REQUIRE(caller.send({"slow", payload}));
  CAF_REQUIRE(other.send({"quick", "question"}));
  CAF_CHECK(quick.receive() == (frames{"other", "question"}));
  CAF_REQUIRE(quick.send({"other", "answer"}));
  CAF_CHECK(other.receive() == (frames{"quick", "answer"}));
  CAF_REQUIRE(eventually(
    [&] { return frontend().routed + frontend().would_block == count + 1; }));
  CAF_CHECK_GREATER(frontend().would_block, 0u);
  CAF_CHECK(first(drops).cause == drop_cause::would_block);
  // All that was counted as routed arrives, and nothing else.
  auto routed = frontend().routed - 1;
  for (uint64_t i = 0; i < routed; ++i)
    CAF_REQUIRE_EQUAL(slow.receive().size(), 2u);
  CAF_CHECK_EQUAL(slow.receive(50ms).size(), 0u);
}

CAF_TEST(a peer that sends more than the maximum is disconnected) {
  settings.max_message = 1000;
  start();
  auto server = service();
  auto caller = client();
  CAF_REQUIRE(caller.send({"service", std::string(1000, 'x')}));
  CAF_CHECK_EQUAL(server.receive().size(), 2u);
  CAF_REQUIRE(caller.send({"service", std::string(1001, 'x')}));
  // It connects again by itself; what it sent in between may be lost.
  frames answer;
  CAF_CHECK(eventually([&] {
    caller.send({"service", "good"});
    answer = server.receive(50ms);
    return !answer.empty();
  }));
  CAF_CHECK(answer == (frames{"client", "good"}));
}

CAF_TEST(every message is counted once) {
  start();
  auto server = service();
  auto caller = client();
  std::vector<frames> forms{{"service", "good"},   {"service", ""},    {"x"},
                            {"nobody", "lost"},    {"client", "self"}, {""},
                            {"service", "a", "b"}, {"", "x"}};
  constexpr auto rounds = 2000u;
  for (auto i = 0u; i < rounds; ++i)
    for (auto& message : forms)
      CAF_REQUIRE(caller.send(message));
  CAF_REQUIRE(eventually([&] {
    auto x = frontend();
    return x.routed + x.probes + dropped(x) == rounds * forms.size() + 1;
  }));
  auto expected = direction_counters{.routed = 2 * rounds,
                                     .probes = rounds + 1,
                                     .no_such_peer = rounds,
                                     .malformed = 3 * rounds,
                                     .loopback = rounds,
                                     .would_block = 0};
  CAF_CHECK(frontend() == expected);
}

CAF_TEST(facts come at a bounded rate however many messages there are) {
  start();
  auto begin = clock_type::now();
  auto caller = client();
  constexpr auto count = 20'000u;
  for (auto i = 0u; i < count; ++i) {
    CAF_REQUIRE(caller.send({""}));
    CAF_REQUIRE(caller.send({"nobody", "lost"}));
  }
  CAF_REQUIRE(eventually([&] {
    return frontend().probes == count + 1 && frontend().no_such_peer == count;
  }));
  auto seconds = (clock_type::now() - begin) / 1s + 1;
  CAF_CHECK_LESS_OR_EQUAL(seen(connections).size(),
                          100u + 10u * static_cast<size_t>(seconds));
  CAF_CHECK_LESS_OR_EQUAL(seen(drops).size(), static_cast<size_t>(seconds));
}

CAF_TEST(a flood from one side does not starve the other) {
  start();
  auto server = service();
  auto caller = client();
  CAF_REQUIRE(eventually([&] { return frontend().probes == 1; }));
  for (auto i = 0; i < 3; ++i)
    flood(router->frontend_endpoints()[0], "flood-" + std::to_string(i),
          {"nobody", "x"});
  CAF_REQUIRE(eventually([&] { return frontend().no_such_peer > 1000; }));
  for (auto i = 0; i < 100; ++i) {
    CAF_REQUIRE(server.send({"client", "update"}));
    CAF_REQUIRE_EQUAL(caller.receive(2s).size(), 2u);
  }
}

CAF_TEST(the end is prompt under full load) {
  start();
  auto sink = service("sink");
  for (auto i = 0; i < 2; ++i) {
    flood(router->frontend_endpoints()[0], "flood-" + std::to_string(i),
          {"sink", std::string(1000, 'x')});
    flood(router->backend_endpoints()[0], "back-" + std::to_string(i),
          {"nobody", "x"});
  }
  CAF_REQUIRE(eventually(
    [&] { return frontend().routed > 1000 && backend().no_such_peer > 1000; }));
  auto begin = clock_type::now();
  router.reset();
  CAF_CHECK_LESS((clock_type::now() - begin) / 1ms, 500);
}

CAF_TEST(a router can be made again at once where one has just ended) {
  for (auto i = 0; i < 20; ++i) {
    start();
    auto server = service();
    auto caller = client();
    CAF_REQUIRE(caller.send({"service", "question"}));
    CAF_REQUIRE(server.receive() == (frames{"client", "question"}));
    router.reset();
  }
}

CAF_TEST(a start that fails leaves no path behind) {
  settings.backend = {folder.ipc("none/service.sock")};
  CAF_CHECK_EQUAL(bind_error(), "cannot bind " + settings.backend[0]
                                  + ": no such file or directory");
  CAF_CHECK(!std::filesystem::exists(folder.file("rpc.sock")));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace router_load_suite
