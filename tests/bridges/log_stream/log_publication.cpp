// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE log_publication

#include "bridges/log_stream/log_publication.hpp"

#include <atomic>
#include <thread>
#include <tuple>

#include <nlohmann/json.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log_stream/log_publishing.hpp"
#include "bridges/log_stream/log_relay_thread.hpp"
#include "messages/error.hpp"
#include "messages/log/log_wire.hpp"
#include "tests/support/log_peers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace log_publication_suite {
namespace {

using json = nlohmann::json;

/// The forwarder's place is taken by a SUB socket that reads when told to.
struct fixture {
  temporary_folder folder;
  zmq::context_t context;
  zmq::context_t peers;
  zmq::socket_t forwarder{peers, zmq::socket_type::sub};
  log_publication_settings settings{folder.ipc("log.sock"), "robot"};
  std::vector<log_failed> failures;
  std::shared_ptr<log_publication> output;

  fixture() {
    settings.patience = 5s;
    settings.report_interval = 0s;
    settings.queue = 100'000;
    forwarder.set(zmq::sockopt::linger, 0);
    forwarder.set(zmq::sockopt::rcvtimeo, 5000);
    forwarder.set(zmq::sockopt::subscribe, "");
    forwarder.set(zmq::sockopt::rcvhwm, 100'000);
  }

  void start() {
    forwarder.bind(settings.address);
    // A SUB socket subscribes while it is used.
    std::atomic<bool> started{false};
    std::thread user{[&] {
      while (!started) {
        std::ignore = forwarder.get(zmq::sockopt::events);
        std::this_thread::sleep_for(1ms);
      }
    }};
    auto made = log_publication::make(context, settings, [this](auto& fact) {
      failures.push_back(fact);
    });
    started = true;
    user.join();
    CAF_REQUIRE(made);
    output = *made;
  }

  void write(log_level level, std::string event, log_fields fields = {}) {
    output->write({std::move(event), level, {}, "robot", std::move(fields)});
  }

  /// The next event; null when there is none in time.
  json receive() {
    zmq::message_t topic;
    zmq::message_t payload;
    if (!forwarder.recv(topic))
      return nullptr;
    CAF_REQUIRE(topic.more());
    std::ignore = forwarder.recv(payload);
    CAF_REQUIRE(!payload.more());
    auto event = decode_log_event({payload.data<std::byte>(), payload.size()},
                                  {});
    CAF_REQUIRE(event);
    CAF_CHECK_EQUAL(topic.to_string(), (*event)["level"].get<std::string>());
    return *event;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_publication_tests, fixture)

CAF_TEST(the first event arrives and events are numbered by level) {
  start();
  write(log_level::info, "a");
  write(log_level::info, "b");
  write(log_level::error, "c");
  write(log_level::info, "d");
  auto expected = std::vector<std::pair<std::string, int>>{
    {"a", 1}, {"b", 2}, {"c", 1}, {"d", 3}};
  auto source = output->status().source;
  CAF_CHECK(source.starts_with("robot-"));
  for (auto& [event, seq] : expected) {
    auto seen = receive();
    CAF_CHECK_EQUAL(seen["event"], event);
    CAF_CHECK_EQUAL(seen["seq"], seq);
    CAF_CHECK_EQUAL(seen["source"], source);
  }
  CAF_CHECK_EQUAL(output->status().published, 4u);
}

CAF_TEST(two publishers of one process are two sources) {
  start();
  settings.patience = 0ms;
  auto other = log_publication::make(context, settings, {});
  CAF_REQUIRE(other);
  CAF_CHECK_NOT_EQUAL((*other)->status().source, output->status().source);
}

CAF_TEST(events that are not to be transmitted stay and have no number) {
  start();
  write(log_level::info, "local", {{"transmit", false}});
  write(log_level::info, "sent", {{"transmit", true}});
  auto seen = receive();
  CAF_CHECK_EQUAL(seen["event"], "sent");
  CAF_CHECK_EQUAL(seen["seq"], 1);
}

CAF_TEST(events that were lost before leave a gap and are reported) {
  start();
  write(log_level::info, "a");
  log_loss loss;
  loss.by_level[static_cast<size_t>(log_level::info)] = 3;
  output->lost(loss);
  write(log_level::info, "b");
  CAF_CHECK(output->settle());
  CAF_CHECK_EQUAL(receive().value("seq", json{}), 1);
  CAF_CHECK_EQUAL(receive().value("seq", json{}), 5);
  auto report = receive();
  CAF_CHECK_EQUAL(report["event"], "Log events dropped");
  CAF_CHECK_EQUAL(report["level"], "warning");
  CAF_CHECK_EQUAL(report["count"], 3);
  CAF_CHECK_EQUAL(output->status().dropped, 3u);
}

CAF_TEST(a forwarder that does not read costs events that are counted) {
  settings.queue = 10;
  forwarder.set(zmq::sockopt::rcvhwm, 10);
  start();
  auto text = std::string(1 << 16, 'x');
  for (auto i = 0; i < 200; ++i)
    write(log_level::info, text);
  auto status = output->status();
  CAF_CHECK_EQUAL(status.published + status.dropped, 200u);
  CAF_REQUIRE(status.dropped > 0);
  auto delivered = uint64_t{0};
  for (; delivered < status.published; ++delivered)
    CAF_REQUIRE_EQUAL(receive().value("event", json{}), text);
  // libzmq hears within a millisecond that there is room again.
  CAF_CHECK(eventually([&] { return output->settle(); }));
  CAF_CHECK_EQUAL(receive().value("count", json{}), status.dropped);
  write(log_level::info, "end");
  auto last = receive();
  CAF_CHECK_EQUAL(last.value("event", json{}), "end");
  CAF_CHECK_EQUAL(last.value("seq", json{}), 201);
}

CAF_TEST(reports are an interval apart but for the last) {
  settings.report_interval = 1h;
  start();
  log_loss loss;
  loss.by_level[1] = 1;
  output->lost(loss);
  CAF_CHECK(output->settle());
  output->lost(loss);
  CAF_CHECK(!output->settle());
  CAF_CHECK_EQUAL(receive().value("count", json{}), 1);
  output.reset();
  CAF_CHECK_EQUAL(receive().value("count", json{}), 1);
}

CAF_TEST(without a forwarder nothing waits and nothing fails) {
  settings.patience = 0ms;
  auto made = log_publication::make(context, settings, {});
  CAF_REQUIRE(made);
  auto before = std::chrono::steady_clock::now();
  for (auto i = 0; i < 1000; ++i)
    (*made)->write({"x", log_level::info, {}, "robot", {}});
  made = caf::error{};
  context.close();
  // For ever, would it wait.
  CAF_CHECK(std::chrono::steady_clock::now() - before < 10s);
}

CAF_TEST(an address that is none is an error that names it) {
  settings.address = "tcp://nowhere";
  auto made = log_publication::make(context, settings, {});
  CAF_REQUIRE(!made);
  CAF_CHECK_EQUAL(describe(made.error()),
                  "cannot publish to tcp://nowhere: invalid argument");
}

CAF_TEST(a failure is told once) {
  start();
  context.shutdown();
  write(log_level::info, "x");
  write(log_level::info, "x");
  CAF_REQUIRE_EQUAL(failures.size(), 1u);
  CAF_CHECK_EQUAL(describe(failures[0].reason), "cannot publish to "
                                                  + settings.address
                                                  + ": context was terminated");
}

CAF_TEST(the last event before the end reaches a reader) {
  for (auto round = 0; round < 20; ++round) {
    // libzmq lets go of a name some time after the socket has been closed.
    settings.address = "inproc://log-" + std::to_string(round);
    log_forwarder_settings relayed{{"tcp://127.0.0.1:*"}, {}, settings.address};
    auto relay = log_relay_thread::make(context, relayed, {});
    CAF_REQUIRE(relay);
    auto dispatcher = log_dispatcher::make(1000, {});
    CAF_REQUIRE(dispatcher);
    auto publishing = publish_log(*dispatcher, context, settings, {});
    CAF_REQUIRE(publishing);
    auto log = event_log{*dispatcher, "robot"};
    log_reader reader{peers, (*relay)->frontend_endpoints()[0]};
    CAF_REQUIRE(eventually([&] {
      log.info("early");
      return !reader.receive(10ms).empty();
    }));
    for (auto i = 0; i < 100; ++i)
      log.info("before");
    log.info("Application is exiting");
    publishing->reset();
    relay->reset();
    auto last = frames{};
    for (auto next = reader.receive(); !next.empty(); next = reader.receive()) {
      last = next;
      if (last[1].find("Application is exiting") != std::string::npos)
        break;
    }
    CAF_REQUIRE_EQUAL(last.size(), 2u);
    CAF_CHECK_NOT_EQUAL(last[1].find("Application is exiting"),
                        std::string::npos);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace log_publication_suite
