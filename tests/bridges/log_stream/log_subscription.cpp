// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_subscription

#include "bridges/log_stream/log_subscription.hpp"

#include <mutex>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "bridges/log_stream/log_publication.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"
#include "messages/error.hpp"
#include "messages/log/log_wire.hpp"
#include "tests/support/log_peers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace log_subscription_suite {
namespace {

using json = nlohmann::json;

struct fixture {
  temporary_folder folder;
  zmq::context_t context;
  zmq::context_t peers;
  std::unique_ptr<log_relay_thread> relay;
  mutable std::mutex mutex;
  std::vector<json> events;
  std::vector<log_failed> failures;
  std::unique_ptr<log_subscription> subscription;

  fixture() {
    auto made = log_relay_thread::make(
      context, {{"tcp://127.0.0.1:*"}, {folder.ipc("log.sock")}, ""}, {});
    CAF_REQUIRE(made);
    relay = std::move(*made);
  }

  void subscribe(log_level level, log_event_handler handler) {
    auto made = subscribe_log(context, {relay->frontend_endpoints()[0], level},
                              std::move(handler), [this](auto& fact) {
                                std::lock_guard guard{mutex};
                                failures.push_back(fact);
                              });
    CAF_REQUIRE(made);
    subscription = std::move(*made);
  }

  log_event_handler recorder() {
    return [this](log_level, const json& event) {
      std::lock_guard guard{mutex};
      events.push_back(event);
    };
  }

  size_t received() const {
    return subscription->status().received;
  }

  static frames message(const std::string& level, json event) {
    event["level"] = level;
    auto payload = json::to_cbor(json::array({2, level, json::array({event})}));
    return {level, std::string{payload.begin(), payload.end()}};
  }

  /// Sends until the subscription is known, and forgets what came.
  void connect(log_source& source) {
    CAF_REQUIRE(eventually([&] {
      source.send(message("critical", {{"event", "hello"}}));
      return received() > 0;
    }));
  }

  std::vector<std::string> texts() const {
    std::lock_guard guard{mutex};
    std::vector<std::string> result;
    for (const auto& event : events)
      if (event["event"] != "hello")
        result.push_back(event["event"]);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_subscription_tests, fixture)

CAF_TEST(the levels at and above its own arrive and warn is warning) {
  subscribe(log_level::warning, recorder());
  log_source source{peers, relay->backend_endpoints()[0]};
  connect(source);
  for (auto level : {"debug", "info", "warning", "warn", "error", "critical"})
    source.send(message(level, {{"event", level}}));
  CAF_REQUIRE(eventually([&] { return texts().size() == 4; }));
  CAF_CHECK(
    texts()
    == (std::vector<std::string>{"warning", "warn", "error", "critical"}));
  std::lock_guard guard{mutex};
  CAF_CHECK_EQUAL(events[events.size() - 3]["level"], "warning");
}

CAF_TEST(malformed events are counted and skipped) {
  subscribe(log_level::debug, recorder());
  log_source source{peers, relay->backend_endpoints()[0]};
  connect(source);
  auto no_map = json::to_cbor(json::array({2, "info", json::array({7})}));
  auto no_level = json::to_cbor(
    json::array({2, "info", json::array({json{{"event", "x"}}})}));
  auto text = [](auto& bytes) {
    return std::string{bytes.begin(), bytes.end()};
  };
  auto bad_text = message("info", {{"event", "?"}});
  bad_text[1][bad_text[1].find('?')] = '\xff';
  for (const auto& bad :
       {frames{"info"}, frames{"info", ""}, frames{"info", "\xff\xff"},
        frames{"info", text(no_map)}, frames{"info", text(no_level)}, bad_text,
        message("info", {{"event", std::string(1 << 20, 'x')}}),
        frames{"info", "a", "b"}, frames(500, "info")})
    source.send(bad);
  source.send(message("info", {{"event", "good"}}));
  CAF_REQUIRE(eventually([&] { return texts().size() == 1; }));
  CAF_CHECK_EQUAL(subscription->status().malformed, 9u);
}

CAF_TEST(a reader inside the program is given what others publish) {
  relay.reset();
  auto made = log_relay_thread::make(
    context,
    {{"tcp://127.0.0.1:*"}, {folder.ipc("log.sock")}, "inproc://log-inside"},
    {});
  CAF_REQUIRE(made);
  relay = std::move(*made);
  auto own = log_publication::make(context, {"inproc://log-inside", "robot"},
                                   {});
  CAF_REQUIRE(own);
  log_receiver_settings settings;
  settings.address = "inproc://log-inside-readers";
  settings.own_source = (*own)->status().source;
  auto reading = subscribe_log(context, settings, recorder(), {});
  CAF_REQUIRE(reading);
  subscription = std::move(*reading);
  log_source source{peers, relay->backend_endpoints()[0]};
  connect(source);
  // Numbers of every length.
  for (auto i = 0; i < 300; ++i)
    (*own)->write({"mine", log_level::info, {}, "robot", {}});
  // What only tells of the source is another's.
  auto last = json{{"event", "last"}, {"about", settings.own_source}};
  source.send(message("info", last));
  CAF_REQUIRE(eventually([&] {
    auto seen = texts();
    return !seen.empty() && seen.back() == "last";
  }));
  for (const auto& text : texts())
    CAF_CHECK(text == "hello" || text == "last");
  CAF_CHECK_EQUAL(subscription->status().missed, 0u);
  subscription.reset();
}

CAF_TEST(what is missing is counted) {
  subscribe(log_level::debug, recorder());
  log_source source{peers, relay->backend_endpoints()[0]};
  connect(source);
  for (auto seq : {3u, 4u, 9u})
    source.send(
      message("info", {{"event", "x"}, {"source", "s"}, {"seq", seq}}));
  CAF_REQUIRE(eventually([&] { return texts().size() == 3; }));
  CAF_CHECK_EQUAL(subscription->status().missed, 4u);
}

CAF_TEST(a handler that throws is a failure) {
  subscribe(log_level::debug, [](log_level, const json&) {
    throw std::runtime_error{"the disk is full"};
  });
  log_source source{peers, relay->backend_endpoints()[0]};
  CAF_REQUIRE(eventually([&] {
    source.send(message("info", {{"event", "x"}}));
    std::lock_guard guard{mutex};
    return !failures.empty();
  }));
  CAF_CHECK_EQUAL(describe(failures[0].reason),
                  "cannot receive log events: the disk is full");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_subscription_suite
