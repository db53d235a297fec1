// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE catalog

#include "messages/device/catalog.hpp"

#include <functional>
#include <set>

#include <caf/test/dsl.hpp>

using namespace rr;

namespace catalog_suite {
namespace {

parameter duty_cycle() {
  parameter result;
  result.id = 1;
  result.name = "duty_cycle";
  result.type.scalar = scalar_type::float32;
  result.lower = -1.0;
  result.upper = 1.0;
  result.writeable = true;
  result.safe = 0.0;
  return result;
}

device_type motor() {
  device_type result;
  result.name = "motor";
  result.device_id = 3;
  result.parameters = {duty_cycle()};
  return result;
}

device_type gamepad() {
  device_type result;
  result.name = "gamepad";
  return result;
}

} // namespace

CAF_TEST(a type is found by its name and by its device id) {
  const catalog both{{motor(), gamepad()}};
  CAF_REQUIRE(both.find("motor"));
  CAF_CHECK_EQUAL(*both.find("motor"), motor());
  CAF_CHECK_EQUAL(*both.find("gamepad"), gamepad());
  CAF_CHECK(!both.find("moto"));
  CAF_CHECK(!both.find("motors"));
  CAF_REQUIRE(both.find(uint16_t{3}));
  CAF_CHECK_EQUAL(both.find(uint16_t{3})->name, "motor");
  CAF_CHECK(!both.find(uint16_t{0}));
}

CAF_TEST(a parameter is found by its name) {
  auto type = motor();
  CAF_REQUIRE(type.find("duty_cycle"));
  CAF_CHECK_EQUAL(*type.find("duty_cycle"), duty_cycle());
  CAF_CHECK(!type.find("duty"));
}

CAF_TEST(the order in which types are given is of no account) {
  const catalog one{{motor(), gamepad()}};
  const catalog other{{gamepad(), motor()}};
  CAF_CHECK_EQUAL(one, other);
}

CAF_TEST(the fingerprint is the same on every machine) {
  CAF_CHECK_EQUAL(fingerprint(motor()), 14477264551749131063u);
}

CAF_TEST(whatever differs changes the fingerprint) {
  using change = std::function<void(device_type&)>;
  auto first = [](device_type& x) -> parameter& { return x.parameters[0]; };
  const std::vector<change> changes{
    [](device_type& x) { x.name = "servo"; },
    [](device_type& x) { x.device_id = 4; },
    [](device_type& x) { x.device_id.reset(); },
    [](device_type& x) { x.sub_interval *= 2; },
    [](device_type& x) { x.write_interval *= 2; },
    [](device_type& x) { x.heartbeat_interval *= 2; },
    [](device_type& x) { x.parameters.clear(); },
    [&](device_type& x) { first(x).id = 2; },
    [&](device_type& x) { first(x).name = "duty"; },
    [&](device_type& x) { first(x).type.scalar = scalar_type::float64; },
    [&](device_type& x) { first(x).type.dimensions = {1}; },
    [&](device_type& x) { first(x).lower = -2.0; },
    [&](device_type& x) { first(x).upper.reset(); },
    [&](device_type& x) { first(x).readable = false; },
    [&](device_type& x) { first(x).writeable = false; },
    [&](device_type& x) { first(x).subscribed = false; },
    [&](device_type& x) { first(x).safe = 0.5; },
    [&](device_type& x) { first(x).expires = std::chrono::seconds{1}; },
    [&](device_type& x) { first(x).expires = std::chrono::seconds{2}; },
  };
  std::set<uint64_t> seen{fingerprint(motor())};
  for (const auto& each : changes) {
    auto changed = motor();
    each(changed);
    CAF_CHECK(changed != motor());
    CAF_CHECK(seen.insert(fingerprint(changed)).second);
  }
}

CAF_TEST(a name is of small letters and digits and two signs) {
  for (auto good : {"a", "servo-motor", "duty_cycle_a", "enc2"})
    CAF_CHECK(is_catalog_name(good));
  for (auto bad : {"", "Servo", "2enc", "-a", "_a", "a b", "a.b", "ä"})
    CAF_CHECK(!is_catalog_name(bad));
  CAF_CHECK(is_catalog_name(std::string(64, 'a')));
  CAF_CHECK(!is_catalog_name(std::string(65, 'a')));
}

} // namespace catalog_suite
