// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_readings

#include "bridges/telemetry/device_readings.hpp"

#include "bridges/web/page_values.hpp"
#include "messages/device/device_value.hpp"
#include "tests/support/buffer_fixture.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace std::chrono_literals;

namespace device_readings_suite {
namespace {

struct fixture : buffer_fixture {
  std::shared_ptr<robot_state> robot;
  std::shared_ptr<buffer_registry> buffers;
  std::shared_ptr<device_readings> devices;
  device_key left{"motor", {13, 1, 5}};
  device_key right{"motor", {13, 1, 6}};
  device_readings::clock::time_point now{1h};

  fixture() {
    auto made = robot_state::make_private();
    robot = std::move(*made);
    robot->enable();
    buffer_registry_settings settings;
    settings.prefix = prefix;
    settings.shared = false;
    settings.types = catalog{{motor(), camera_type()}};
    settings.robot = robot;
    buffers = std::make_shared<buffer_registry>(std::move(settings));
    devices = std::make_shared<device_readings>(
      buffers, robot, device_names{{"left", left.uid}});
  }

  const device_round& later() {
    return devices->read(now += 10ms);
  }

  json said(page_values& page) {
    auto text = page.take(now);
    return text ? json::parse(*text) : json{};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_readings_tests, fixture)

CAF_TEST(a device is told with its name and its values) {
  auto motor = *buffers->open(left);
  CAF_REQUIRE(motor.set("speed", 2.5));
  CAF_REQUIRE(buffers->open({"camera", {0, 0, 3}}));
  const auto& all = later();
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK_EQUAL(all[0].uid, "camera:3");
  CAF_CHECK_EQUAL(all[0].name, "");
  // Its image is too large.
  CAF_CHECK_EQUAL(all[0].text->find("image"), std::string::npos);
  CAF_CHECK_EQUAL(all[1].uid, to_string(left.uid));
  CAF_CHECK_EQUAL(all[1].name, "left");
  CAF_CHECK_EQUAL(all[1].values->at("current")["speed"], 2.5);
  // It cannot be read.
  CAF_CHECK(!all[1].values->at("current").contains("mode"));
  // What its device follows while nobody requests anything.
  CAF_CHECK_EQUAL(all[1].values->at("requested").dump(),
                  R"({"duty_cycle":0.25,"mode":null})");
}

CAF_TEST(what has not changed is the same object) {
  auto motor = *buffers->open(left);
  auto before = later()[0].text;
  CAF_CHECK_EQUAL(later()[0].text, before);
  CAF_REQUIRE(motor.buffer().hold("duty_cycle", 0.5, 0s));
  auto after = later()[0];
  CAF_CHECK_NOT_EQUAL(after.text, before);
  CAF_CHECK_EQUAL(after.values->at("requested")["duty_cycle"], 0.5);
  // A robot that is disabled follows no request.
  robot->disable("test");
  CAF_CHECK_EQUAL(later()[0].values->at("requested")["duty_cycle"], 0.25);
}

CAF_TEST(whoever asks soon after another gets the same) {
  auto motor = *buffers->open(left);
  later();
  CAF_REQUIRE(motor.set("speed", 1.0));
  CAF_CHECK_EQUAL(devices->read(now + 7ms)[0].values->at("current")["speed"],
                  0.0);
  CAF_CHECK_EQUAL(devices->read(now + 8ms)[0].values->at("current")["speed"],
                  1.0);
}

CAF_TEST(the list has another version when a device comes or goes) {
  CAF_REQUIRE(buffers->open(left));
  later();
  auto version = devices->list_version();
  later();
  CAF_CHECK_EQUAL(devices->list_version(), version);
  CAF_REQUIRE(buffers->open(right));
  later();
  CAF_CHECK_EQUAL(devices->list_version(), version + 1);
  CAF_REQUIRE(!buffers->close(right));
  CAF_CHECK_EQUAL(later().size(), 1u);
  CAF_CHECK_EQUAL(devices->list_version(), version + 2);
}

CAF_TEST(a page is told which devices there are and what has changed) {
  auto motor = *buffers->open(left);
  CAF_REQUIRE(buffers->open(right));
  page_values page{devices};
  CAF_CHECK(said(page).is_null());
  CAF_CHECK(!page.deadline());
  page.begin({"*"}, 10, now);
  auto list = said(page);
  CAF_CHECK_EQUAL(list["type"], "devices");
  CAF_REQUIRE_EQUAL(list["devices"].size(), 2u);
  CAF_CHECK_EQUAL(list["devices"][0]["name"], "left");
  CAF_CHECK_EQUAL(list["devices"][1]["name"], nullptr);
  auto params = list["devices"][0]["params"];
  CAF_CHECK_EQUAL(
    params[0].dump(),
    R"({"lower":-1.0,"name":"duty_cycle","readable":true,"safe":0.25,)"
    R"("type":"float","upper":1.0,"writeable":true})");
  auto first = said(page);
  CAF_CHECK_EQUAL(first["values"].size(), 2u);
  CAF_CHECK_EQUAL(first["skipped"], 0);
  CAF_CHECK(said(page).is_null());
  CAF_CHECK(*page.deadline() == now + 100ms);
  CAF_REQUIRE(motor.set("speed", 4.0));
  now += 99ms;
  CAF_CHECK(said(page).is_null());
  now += 1ms;
  auto second = said(page);
  CAF_REQUIRE_EQUAL(second["values"].size(), 1u);
  CAF_CHECK_EQUAL(second["values"][to_string(left.uid)]["current"]["speed"],
                  4.0);
  now += 100ms;
  CAF_CHECK(said(page).is_null());
}

CAF_TEST(what is asked for late is told once and the rounds are counted) {
  auto motor = *buffers->open(left);
  page_values page{devices};
  page.begin({"left"}, 20, now);
  said(page);
  said(page);
  for (auto i = 0; i < 7; ++i)
    CAF_REQUIRE(motor.set("speed", i + 1.0));
  now += 475ms;
  auto late = said(page);
  CAF_CHECK_EQUAL(late["values"].begin().value()["current"]["speed"], 7.0);
  CAF_CHECK_EQUAL(late["skipped"], 8);
  CAF_CHECK(*page.deadline() > now);
  page.end();
  CAF_CHECK(!page.deadline());
}

CAF_TEST(a page is told of those devices that it asks for) {
  CAF_REQUIRE(buffers->open(left));
  CAF_REQUIRE(buffers->open(right));
  CAF_REQUIRE(buffers->open({"camera", {0, 0, 3}}));
  for (auto [asked, told] :
       {std::pair{"left", to_string(left.uid)}, {"camera:3", "camera:3"}}) {
    page_values page{devices};
    page.begin({asked, "nobody"}, 60, now);
    CAF_CHECK_EQUAL(said(page)["devices"].size(), 3u);
    auto values = said(page)["values"];
    CAF_CHECK_EQUAL(values.size(), 1u);
    CAF_CHECK(values.contains(told));
  }
  page_values none{nullptr};
  none.begin({"*"}, 60, now);
  CAF_CHECK(said(none)["devices"].empty());
  CAF_CHECK(said(none).is_null());
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace device_readings_suite
