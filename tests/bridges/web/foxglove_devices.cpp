// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE foxglove_devices

#include "bridges/web/foxglove_devices.hpp"

#include "tests/support/foxglove_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace foxglove_devices_suite {
namespace {

struct fixture : foxglove_fixture {
  fixture() {
    motor_of(1);
    motor_of(2);
    state->enable();
  }

  static std::string topic(uint64_t number) {
    return "/devices/" + to_string(uid_of(number));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(foxglove_devices_tests, fixture)

CAF_TEST(each device is a topic with its values as the schema) {
  begin();
  auto& channel = channels.at(topic(1));
  CAF_CHECK_EQUAL(channel["schemaName"], "robot_runtime.device.motor");
  auto schema = json::parse(channel["schema"].get<std::string>());
  auto& current = schema["properties"]["current"]["properties"];
  CAF_CHECK(current.contains("speed"));
  CAF_CHECK(!current.contains("mode"));
}

CAF_TEST(a device that has a name is called by it) {
  motor_of(9);
  begin();
  CAF_CHECK(channels.contains("/devices/left"));
  CAF_CHECK(!channels.contains(topic(9)));
}

CAF_TEST(a robot without devices has the other topics) {
  settings.devices = nullptr;
  begin();
  CAF_CHECK_EQUAL(channels.size(), 3u);
  CAF_CHECK(!conversation->deadline());
  advance(1h);
}

CAF_TEST(values come at once and then when they have changed) {
  CAF_REQUIRE(motor_of(1).set("speed", 1.5));
  begin();
  subscribe(5, topic(1));
  CAF_REQUIRE_EQUAL(data.size(), 1u);
  CAF_CHECK_EQUAL(data[0].subscription, 5u);
  CAF_CHECK_EQUAL(data[0].message["current"]["speed"], 1.5);
  CAF_CHECK(data[0].time > 0);
  // Nobody has requested any: the safe value.
  CAF_CHECK_EQUAL(data[0].message["requested"]["duty_cycle"], 0.25);
  advance(50ms);
  CAF_CHECK_EQUAL(data.size(), 1u);
  motor_of(1).set("speed", 2.5);
  motor_of(2).set("speed", 2.5);
  advance(50ms);
  CAF_REQUIRE_EQUAL(data.size(), 2u);
  CAF_CHECK_EQUAL(data[1].message["current"]["speed"], 2.5);
  motor_of(1).hold("duty_cycle", 0.5, 0ns);
  advance(50ms);
  CAF_REQUIRE_EQUAL(data.size(), 3u);
  CAF_CHECK_EQUAL(data[2].message["requested"]["duty_cycle"], 0.5);
}

CAF_TEST(a request that has ended is a change although no value was written) {
  motor_of(1).hold("duty_cycle", 0.5, 0ns);
  begin();
  subscribe(5, topic(1));
  state->disable("stopped");
  advance(50ms);
  CAF_REQUIRE_EQUAL(data.size(), 2u);
  CAF_CHECK_EQUAL(data[1].message["requested"]["duty_cycle"], 0.25);
}

CAF_TEST(values are looked at no more often than the interval says) {
  begin();
  subscribe(5, topic(1));
  for (auto i = 1; i <= 100; ++i) {
    motor_of(1).set("speed", i);
    advance(1ms);
  }
  CAF_CHECK_EQUAL(data.size(), 3u);
  CAF_CHECK_EQUAL(data.back().message["current"]["speed"], 100.);
  CAF_REQUIRE(conversation->deadline());
  CAF_CHECK(*conversation->deadline() <= now + 50ms);
  CAF_CHECK(*conversation->deadline() > now);
}

CAF_TEST(a client that reads slowly gets the latest of each in turn) {
  begin();
  subscribe(5, topic(1));
  subscribe(6, topic(2));
  data.clear();
  std::vector<uint32_t> order;
  for (auto i = 1; i <= 4; ++i) {
    now += 1s;
    motor_of(1).set("speed", i);
    motor_of(2).set("speed", i);
    auto message = conversation->next(now);
    CAF_REQUIRE(message);
    foxglove_data read{message->payload};
    order.push_back(read.subscription);
    CAF_CHECK_EQUAL(read.message["current"]["speed"], double(i));
  }
  std::vector<uint32_t> expected{5, 6, 5, 6};
  CAF_CHECK_EQUAL(order, expected);
}

CAF_TEST(neither log nor values keep the other one waiting) {
  begin();
  subscribe(1, "/log");
  subscribe(5, topic(1));
  subscribe(6, topic(2));
  data.clear();
  for (auto i = 0; i < 100; ++i)
    log(i);
  motor_of(1).set("speed", 1);
  motor_of(2).set("speed", 1);
  now += 1s;
  // What the robot has told of devices comes first.
  for (auto i = 0; i < 4; ++i)
    data.emplace_back(conversation->next(now)->payload);
  std::set<uint32_t> seen;
  for (const auto& each : data)
    seen.insert(each.subscription);
  CAF_CHECK_EQUAL(seen.size(), 3u);
}

CAF_TEST(devices come and go) {
  begin();
  subscribe(5, topic(1));
  auto gone = channel(topic(1));
  remove_motor(1);
  motor_of(3);
  advance(400ms);
  CAF_CHECK(!channels.contains(topic(3)));
  texts.clear();
  advance(100ms);
  CAF_CHECK(channels.contains(topic(3)));
  CAF_REQUIRE_EQUAL(texts.size(), 2u);
  CAF_CHECK_EQUAL(texts[0]["op"], "unadvertise");
  json expected{gone};
  CAF_CHECK_EQUAL(texts[0]["channelIds"], expected);
  // Neither has the client done wrong that has not heard of it yet.
  CAF_CHECK(unsubscribe(5));
  CAF_CHECK(send(json{{"op", "subscribe"},
                      {"subscriptions", {{{"id", 7}, {"channelId", gone}}}}}));
  drain();
  CAF_CHECK(statuses.empty());
}

CAF_TEST(a device that has come back is another topic of the same name) {
  begin();
  subscribe(5, topic(1));
  auto before = channel(topic(1));
  remove_motor(1);
  motor_of(1);
  advance(500ms);
  auto after = channel(topic(1));
  CAF_CHECK_NOT_EQUAL(before, after);
  // The client may use its id again.
  CAF_CHECK(subscribe(5, topic(1)));
  CAF_CHECK(statuses.empty());
  motor_of(1).set("speed", 4);
  advance(50ms);
  CAF_CHECK_EQUAL(data.back().message["current"]["speed"], 4.);
}

CAF_TEST(a device that comes and goes unseen is no topic) {
  begin();
  texts.clear();
  for (uint64_t i = 10; i < 60; ++i)
    motor_of(i);
  // Sixteen are told of at once.
  now += 500ms;
  auto first = json::parse(conversation->next(now)->payload);
  CAF_CHECK_EQUAL(first["channels"].size(), 16u);
  for (uint64_t i = 10; i < 60; ++i)
    remove_motor(i);
  advance(500ms);
  CAF_REQUIRE_EQUAL(texts.size(), 1u);
  CAF_CHECK_EQUAL(texts[0]["op"], "unadvertise");
  CAF_CHECK_EQUAL(texts[0]["channelIds"].size(), 16u);
}

CAF_TEST(nobody looks at devices that are not subscribed to) {
  begin();
  CAF_REQUIRE(conversation->deadline());
  CAF_CHECK(*conversation->deadline() == now + 500ms);
  subscribe(5, topic(1));
  unsubscribe(5);
  motor_of(1).set("speed", 3);
  advance(100ms);
  CAF_CHECK_EQUAL(data.size(), 1u);
  CAF_CHECK(*conversation->deadline() > now + 50ms);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace foxglove_devices_suite
