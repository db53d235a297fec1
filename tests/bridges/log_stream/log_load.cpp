// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_load

#include <thread>

#include <nlohmann/json.hpp>

#include "bridges/log_stream/log_receiver.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"
#include "messages/log/log_wire.hpp"
#include "tests/support/log_peers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace log_load_suite {
namespace {

constexpr auto publishers = 16;
constexpr auto readers = 4;
constexpr uint64_t events = 1500;

/// Publishes numbered events, of `size` bytes and a little more.
void publish(log_source& source, const std::string& name, uint64_t count,
             size_t size) {
  log_event event;
  event.event = std::string(size, 'x');
  std::vector<uint8_t> payload;
  for (uint64_t seq = 1; seq <= count; ++seq) {
    payload.clear();
    encode_log_event(event, name, seq, payload);
    source.send({"info", std::string{payload.begin(), payload.end()}});
  }
}

struct fixture {
  temporary_folder folder;
  zmq::context_t context;
  zmq::context_t peers;
  log_forwarder_settings settings{{folder.ipc("frontend.sock")},
                                  {folder.ipc("log.sock")},
                                  ""};
  std::unique_ptr<log_relay_thread> relay;

  void start() {
    auto made = log_relay_thread::make(context, settings, {});
    CAF_REQUIRE(made);
    relay = std::move(*made);
  }

  std::unique_ptr<log_receiver> reader(int32_t queue) {
    auto made = log_receiver::connect(peers, {relay->frontend_endpoints()[0],
                                              log_level::info, queue});
    CAF_REQUIRE(made);
    return std::move(*made);
  }

  log_source source() {
    return {peers, relay->backend_endpoints()[0]};
  }

  /// Returns once every reader gets what is published; readers but the last,
  /// which is to stall, have taken it out.
  void meet(log_source& from,
            const std::vector<std::unique_ptr<log_receiver>>& all) {
    for (const auto& each : all)
      CAF_REQUIRE(eventually([&] {
        publish(from, "meeting", 1, 1);
        return receive(*each) > 0;
      }));
    // What is sent last comes last.
    publish(from, "met", 1, 1);
    for (const auto& each : all)
      CAF_REQUIRE(eventually([&] {
        auto met = false;
        each->receive(1000, [&](log_level, const nlohmann::json& event) {
          met = met || event["source"] == "met";
        });
        return met;
      }));
  }

  static size_t receive(log_receiver& from) {
    return from.receive(1000, [](log_level, const auto&) {});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_load_tests, fixture)

CAF_TEST(a reader that never reads costs the others no event) {
  settings.queue = 100'000;
  start();
  std::vector<std::unique_ptr<log_receiver>> all;
  for (auto i = 0; i < readers; ++i)
    all.push_back(reader(100'000));
  auto stalled = reader(10);
  {
    auto from = source();
    meet(from, all);
  }
  std::vector<std::thread> threads;
  for (auto i = 0; i < publishers; ++i)
    threads.emplace_back([this, i] {
      auto from = source();
      publish(from, "source-" + std::to_string(i), events, 100);
    });
  for (const auto& each : all) {
    uint64_t seen = 0;
    CAF_CHECK(eventually(
      [&] {
        seen += receive(*each);
        return seen == publishers * events;
      },
      std::chrono::seconds{20}));
    CAF_CHECK_EQUAL(each->status().missed, 0u);
    CAF_CHECK_EQUAL(each->status().malformed, 0u);
  }
  for (auto& thread : threads)
    thread.join();
}

CAF_TEST(what a slow reader misses is told by the numbers) {
  settings.queue = 50;
  start();
  std::vector<std::unique_ptr<log_receiver>> slow;
  slow.push_back(reader(50));
  auto from = source();
  meet(from, slow);
  publish(from, "storm", 1, 1);
  CAF_REQUIRE(eventually([&] { return receive(*slow[0]) > 0; }));
  auto before = slow[0]->status();
  // More than queues and sockets hold.
  constexpr uint64_t count = 2000;
  log_event event;
  event.event = std::string(10'000, 'x');
  std::vector<uint8_t> payload;
  auto send = [&](uint64_t seq) {
    payload.clear();
    encode_log_event(event, "storm", seq, payload);
    from.send({"info", std::string{payload.begin(), payload.end()}});
  };
  auto forwarded = relay->counters().forwarded;
  for (uint64_t seq = 2; seq <= count; ++seq)
    send(seq);
  // What came before may be counted only now.
  CAF_REQUIRE(eventually(
    [&] { return relay->counters().forwarded >= forwarded + count - 1; }));
  // Once there is room again, the next number shows what is missing.
  CAF_REQUIRE(eventually([&] {
    receive(*slow[0]);
    return slow[0]->status().received > before.received;
  }));
  auto last = count;
  CAF_REQUIRE(eventually([&] {
    while (receive(*slow[0]) > 0) {
    }
    send(++last);
    auto now = slow[0]->status();
    return now.missed > 0
           && now.received - before.received + now.missed >= count;
  }));
  CAF_CHECK(eventually([&] {
    receive(*slow[0]);
    auto after = slow[0]->status();
    return after.received - before.received + after.missed == last - 1;
  }));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_load_suite
