// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE foxglove_conversation

#include "bridges/web/foxglove_conversation.hpp"

#include "messages/error.hpp"
#include "tests/support/foxglove_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace foxglove_conversation_suite {
namespace {

json robot(const char* state) {
  return {{"name", "arm"}, {"state", state}, {"update", nullptr}};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(foxglove_conversation_tests, foxglove_fixture)

CAF_TEST(a client hears of the server and of its topics at once) {
  begin();
  CAF_REQUIRE(texts.size() >= 2);
  CAF_CHECK_EQUAL(texts[0]["op"], "serverInfo");
  CAF_CHECK_EQUAL(texts[0]["name"], "arm");
  CAF_CHECK_EQUAL(texts[0]["sessionId"], "17");
  CAF_CHECK_EQUAL(texts[0]["capabilities"], json::array());
  CAF_CHECK_EQUAL(texts[1]["op"], "advertise");
  auto& log = channels.at("/log");
  CAF_CHECK_EQUAL(log["encoding"], "json");
  CAF_CHECK_EQUAL(log["schemaEncoding"], "jsonschema");
  CAF_CHECK_EQUAL(log["schemaName"], "foxglove.Log");
  CAF_CHECK(json::accept(log["schema"].get<std::string>()));
  CAF_CHECK(channels.contains("/robot/state"));
  CAF_CHECK(channels.contains("/control"));
}

CAF_TEST(who has subscribed to nothing costs the robot nothing) {
  begin();
  log(1);
  drive("x");
  CAF_CHECK(!feed->is_heard());
  CAF_CHECK_EQUAL(wakes, 0);
  CAF_CHECK(data.empty());
}

CAF_TEST(log events come in order with the past ones first) {
  for (auto name : {"first", "second"}) {
    auto event = std::make_shared<log_event>();
    event->event = name;
    event->timestamp += 1500ms;
    feed->tell_log(event);
  }
  begin();
  CAF_CHECK(subscribe(70'000, "/log"));
  CAF_CHECK(feed->is_heard());
  log(3);
  CAF_CHECK_EQUAL(wakes, 1);
  log(4);
  CAF_CHECK_EQUAL(wakes, 1);
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 4u);
  CAF_CHECK_EQUAL(data[0].subscription, 70'000u);
  CAF_CHECK_EQUAL(data[0].time, 1'500'000'000u);
  CAF_CHECK_EQUAL(data[0].message["message"], "first");
  CAF_CHECK_EQUAL(data[3].message["message"], "4");
  // It is woken again when it has looked.
  log(5);
  CAF_CHECK_EQUAL(wakes, 2);
}

CAF_TEST(a client that reads slowly is told of log events it will never see) {
  begin();
  subscribe(1, "/log");
  for (auto i = 0; i < 2500; ++i)
    log(i);
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 2000u);
  CAF_CHECK_EQUAL(data.front().message["message"], "500");
  CAF_CHECK_EQUAL(data.back().message["message"], "2499");
  CAF_REQUIRE_EQUAL(statuses.size(), 1u);
  CAF_CHECK_EQUAL(statuses[0]["level"], 1);
  CAF_CHECK_EQUAL(statuses[0]["message"], "500 log events left out: this "
                                          "client reads too slowly");
  // Once a second at most, and none is forgotten.
  for (auto i = 0; i < 2001; ++i)
    log(i);
  drain();
  CAF_CHECK_EQUAL(statuses.size(), 1u);
  CAF_REQUIRE(conversation->deadline());
  CAF_CHECK(*conversation->deadline() <= now + 1s);
  advance(1s);
  CAF_REQUIRE_EQUAL(statuses.size(), 2u);
  CAF_CHECK_EQUAL(statuses[1]["message"].get<std::string>().substr(0, 2), "1 ");
}

CAF_TEST(the state comes whole at first and every change after it) {
  // Somebody listens, or nobody would keep the state.
  auto other = std::make_shared<foxglove_inbox>([] {});
  feed->add(other);
  tell(1, robot("starting"), robot("starting"));
  begin();
  subscribe(2, "/robot/state");
  CAF_REQUIRE_EQUAL(data.size(), 1u);
  json first{{"name", "arm"}, {"state", "starting"}};
  CAF_CHECK_EQUAL(data[0].message, first);
  tell(2, robot("running"), {{"state", "running"}});
  tell(3, robot("stopping"), {{"state", "stopping"}, {"name", nullptr}});
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 3u);
  CAF_CHECK_EQUAL(data[1].message["state"], "running");
  CAF_CHECK_EQUAL(data[1].message["name"], "arm");
  json last{{"state", "stopping"}};
  CAF_CHECK_EQUAL(data[2].message, last);
}

CAF_TEST(a state that is not known yet comes as soon as it is) {
  begin();
  subscribe(2, "/robot/state");
  CAF_CHECK(data.empty());
  tell(1, robot("running"), robot("running"));
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 1u);
  CAF_CHECK_EQUAL(data[0].message["name"], "arm");
}

CAF_TEST(no state is left out and a client that does not read is overrun) {
  begin();
  subscribe(2, "/robot/state");
  for (uint64_t i = 1; i <= 1024; ++i)
    tell(i, {{"n", i}}, {{"n", i}});
  CAF_CHECK(!conversation->is_overrun());
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 1024u);
  for (uint64_t i = 0; i < 1024; ++i)
    CAF_REQUIRE_EQUAL(data[i].message["n"], i + 1);
  for (uint64_t i = 0; i < 1025; ++i)
    tell(i, {{"n", i}}, {{"n", i}});
  CAF_CHECK(conversation->is_overrun());
}

CAF_TEST(states come before log events that wait) {
  begin();
  subscribe(1, "/log");
  subscribe(2, "/robot/state");
  for (auto i = 0; i < 10; ++i)
    log(i);
  tell(1, robot("running"), robot("running"));
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 11u);
  CAF_CHECK_EQUAL(data[0].subscription, 2u);
}

CAF_TEST(of control the latest wins and it is bounded) {
  begin();
  subscribe(3, "/control");
  CAF_REQUIRE_EQUAL(data.size(), 1u);
  CAF_CHECK_EQUAL(data[0].message["driver"], "");
  data.clear();
  advance(50ms);
  drive("a");
  drain();
  drive("b");
  drive("c");
  drain();
  CAF_REQUIRE_EQUAL(data.size(), 1u);
  CAF_CHECK_EQUAL(data[0].message["driver"], "a");
  CAF_REQUIRE(conversation->deadline());
  CAF_CHECK(*conversation->deadline() <= now + 50ms);
  advance(50ms);
  CAF_REQUIRE_EQUAL(data.size(), 2u);
  CAF_CHECK_EQUAL(data[1].message["driver"], "c");
}

CAF_TEST(what has been subscribed to again begins anew) {
  begin();
  subscribe(1, "/control");
  data.clear();
  advance(50ms);
  subscribe(2, "/robot/state");
  drive("a");
  tell(1, robot("running"), robot("running"));
  drain();
  unsubscribe(1);
  unsubscribe(2);
  drive("b");
  tell(2, robot("stopping"), {{"state", "stopping"}});
  advance(1s);
  CAF_CHECK_EQUAL(data.size(), 2u);
  subscribe(1, "/control");
  subscribe(9, "/robot/state");
  CAF_REQUIRE_EQUAL(data.size(), 4u);
  CAF_CHECK_EQUAL(data[2].message["driver"], "b");
  CAF_CHECK_EQUAL(data[3].subscription, 9u);
  CAF_CHECK_EQUAL(data[3].message["state"], "stopping");
}

CAF_TEST(a conversation that has ended hears nothing) {
  begin();
  subscribe(1, "/log");
  conversation.reset();
  CAF_CHECK(!feed->is_heard());
  log(1);
  CAF_CHECK_EQUAL(wakes, 0);
}

CAF_TEST(both subprotocols are the same on any path) {
  auto protocols = foxglove_protocols(settings);
  CAF_REQUIRE_EQUAL(protocols.size(), 2u);
  CAF_CHECK_EQUAL(protocols[0].name, "foxglove.websocket.v1");
  CAF_CHECK_EQUAL(protocols[1].name, "foxglove.sdk.v1");
  for (const auto& each : protocols) {
    CAF_CHECK_EQUAL(each.path, "");
    auto made = each.begin({"web:peer:1", [] {}});
    auto first = made->next(now);
    CAF_REQUIRE(first);
    auto text = json::parse(first->payload);
    CAF_CHECK_EQUAL(text["op"], "serverInfo");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace foxglove_conversation_suite
