// SPDX-License-Identifier: BSD-3-Clause
// What a client says, above all what it should not.
#define CAF_SUITE foxglove_requests

#include "bridges/web/foxglove_message.hpp"

#include "messages/error.hpp"
#include "tests/support/foxglove_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace foxglove_requests_suite {
namespace {

/// Texts that a client must not send.
const std::vector<std::string> nonsense{
  "",
  "{",
  "[]",
  "null",
  "17",
  "\"subscribe\"",
  "{}",
  R"({"op":1})",
  R"({"op":null})",
  R"({"op":["subscribe"]})",
  R"({"op":"subscribe"})",
  R"({"op":"subscribe","subscriptions":{}})",
  R"({"op":"subscribe","subscriptions":"1"})",
  R"({"op":"subscribe","subscriptions":[1]})",
  R"({"op":"subscribe","subscriptions":[null]})",
  R"({"op":"subscribe","subscriptions":[{}]})",
  R"({"op":"subscribe","subscriptions":[{"id":1}]})",
  R"({"op":"subscribe","subscriptions":[{"channelId":1}]})",
  R"({"op":"subscribe","subscriptions":[{"id":-1,"channelId":1}]})",
  R"({"op":"subscribe","subscriptions":[{"id":1.5,"channelId":1}]})",
  R"({"op":"subscribe","subscriptions":[{"id":"1","channelId":1}]})",
  R"({"op":"subscribe","subscriptions":[{"id":4294967296,"channelId":1}]})",
  R"({"op":"subscribe","subscriptions":[{"id":1,"channelId":1e99}]})",
  R"({"op":"subscribe","subscriptions":[{"id":1,"channelId":0}]})",
  R"({"op":"subscribe","subscriptions":[{"id":1,"channelId":4711}]})",
  R"({"op":"unsubscribe"})",
  R"({"op":"unsubscribe","subscriptionIds":1})",
  R"({"op":"unsubscribe","subscriptionIds":[null]})",
  R"({"op":"unsubscribe","subscriptionIds":[-1]})",
  R"({"op":"unsubscribe","subscriptionIds":[99]})",
  R"({"op":"advertise","channels":[]})",
  R"({"op":"setParameters","parameters":[]})",
  R"({"op":"estop"})",
  R"({"op":"subscribeConnectionGraph"})",
  R"({"op":"\u001b[2J"})",
  std::string(60'000, '['),
  "{\"op\":\"subscribe\",\"subscriptions\":" + std::string(30'000, '[')
    + std::string(30'000, ']') + "}",
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(foxglove_requests_tests, foxglove_fixture)

CAF_TEST(what makes no sense is answered by an error and nothing else) {
  for (const auto& text : nonsense) {
    begin();
    statuses.clear();
    CAF_CHECK(take(text));
    drain();
    CAF_REQUIRE_EQUAL(statuses.size(), 1u);
    CAF_CHECK_EQUAL(statuses[0]["level"], 2);
    auto why = statuses[0]["message"].get<std::string>();
    CAF_CHECK(!why.empty() && why.size() < 200);
    CAF_CHECK_EQUAL(why.find('\x1b'), std::string::npos);
    CAF_CHECK(data.empty());
    CAF_CHECK(subscribe(1, "/log"));
  }
}

CAF_TEST(a binary message is refused) {
  begin();
  CAF_CHECK(conversation->take({"\x01\0\0\0\0", 5}, false, now));
  drain();
  CAF_REQUIRE_EQUAL(statuses.size(), 1u);
}

CAF_TEST(who subscribes to what has just gone may unsubscribe) {
  motor_of(7);
  begin();
  advance(2s);
  auto gone = "/devices/" + to_string(uid_of(7));
  CAF_REQUIRE(channels.contains(gone));
  remove_motor(7);
  advance(2s);
  subscribe(1, gone);
  CAF_CHECK(unsubscribe(1));
  subscribe(1, gone);
  subscribe(1, "/log");
  log(1);
  drain();
  CAF_CHECK_EQUAL(data.size(), 1u);
  CAF_CHECK(statuses.empty());
  subscribe(1, gone);
  CAF_CHECK_EQUAL(statuses.size(), 1u);
}

CAF_TEST(too much nonsense in a second ends the conversation) {
  begin();
  for (auto i = 0; i < 9; ++i)
    CAF_CHECK(take("x"));
  CAF_CHECK(!take("x"));
  now += 1s;
  CAF_CHECK(take("x"));
}

CAF_TEST(a client that does not read its errors does not pile them up) {
  begin();
  for (auto i = 0; i < 1000; ++i) {
    now += 1s;
    take("x");
  }
  drain();
  CAF_CHECK_EQUAL(statuses.size(), 16u);
}

CAF_TEST(a channel and an id have one subscription) {
  begin();
  subscribe(1, "/log");
  subscribe(2, "/log");
  CAF_REQUIRE_EQUAL(statuses.size(), 1u);
  auto id = channel("/log");
  CAF_CHECK_EQUAL(statuses[0]["message"], "channel " + std::to_string(id)
                                            + " is subscribed to already");
  subscribe(1, "/control");
  CAF_REQUIRE_EQUAL(statuses.size(), 2u);
  CAF_CHECK_EQUAL(statuses[1]["message"], "subscription 1 exists already");
  log(1);
  drain();
  CAF_CHECK_EQUAL(data.size(), 1u);
}

CAF_TEST(of many subscriptions the good ones are made) {
  begin();
  json list{{{"id", 1}, {"channelId", 4711}},
            {{"id", 2}, {"channelId", channel("/log")}},
            {{"id", 3}, {"channelId", channel("/control")}}};
  CAF_CHECK(send(json{{"op", "subscribe"}, {"subscriptions", list}}));
  log(1);
  drive("a");
  drain();
  CAF_CHECK_EQUAL(data.size(), 2u);
  CAF_CHECK_EQUAL(statuses.size(), 1u);
  CAF_CHECK(send(json{{"op", "unsubscribe"}, {"subscriptionIds", {2, 3}}}));
  log(2);
  drain();
  CAF_CHECK_EQUAL(data.size(), 2u);
}

CAF_TEST(a message that nests deeply is refused before it is looked at) {
  for (auto wrong : {R"({"op":"subscribe","subscriptions":[{"id":)", "[",
                     R"({"op":"unsubscribe","subscriptionIds":)"}) {
    auto request = foxglove::parse_request(wrong + std::string(40, '['));
    CAF_REQUIRE(!request);
    CAF_CHECK_EQUAL(describe(request.error()), "nested too deeply");
  }
}

CAF_TEST(the largest ids are ids) {
  auto request = foxglove::parse_request(
    R"({"op":"subscribe","subscriptions":[{"id":4294967295,"channelId":4294967295}],"x":1})");
  CAF_REQUIRE(request);
  auto& made = std::get<foxglove::subscribe>(*request).subscriptions;
  CAF_REQUIRE_EQUAL(made.size(), 1u);
  CAF_CHECK_EQUAL(made[0].id, 4294967295u);
}

CAF_TEST(a binary message is as the specification draws it) {
  using namespace std::chrono;
  auto bytes = foxglove::message_data(
    0x01020304, system_clock::time_point{0x0102030405060708ns}, "{}");
  CAF_CHECK_EQUAL(bytes, std::string("\x01\x04\x03\x02\x01"
                                     "\x08\x07\x06\x05\x04\x03\x02\x01{}"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace foxglove_requests_suite
