// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_sampler

#include "bridges/black_box/device_sampler.hpp"

#include <string>
#include <vector>

#include "messages/json.hpp"
#include "tests/support/private_motor.hpp"

using namespace rr;
using namespace std::chrono_literals;

namespace device_sampler_suite {
namespace {

struct fixture {
  private_motor motor;
  std::unique_ptr<device_sampler> sampler = motor.sampler();
  device_sampler::clock::time_point now{1h};
  std::vector<std::string> topics;
  std::vector<double> speeds;

  void look() {
    now += 20ms;
    sampler->look(
      now,
      [this](uint16_t, const std::string& text) {
        topics.push_back(json::parse(text)["name"]);
      },
      [this](uint16_t, const std::string& text) {
        speeds.push_back(json::parse(text)["current"].value("speed", 0.0));
      });
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(device_sampler_tests, fixture)

CAF_TEST(a device is told once and its values when they have changed) {
  look();
  look();
  CAF_CHECK_EQUAL(topics, (std::vector<std::string>{"/devices/left"}));
  CAF_CHECK_EQUAL(speeds, (std::vector<double>{0}));
  CAF_CHECK(motor.device.set("speed", 1.5));
  look();
  look();
  CAF_CHECK(motor.device.set("speed", 1.5));
  look();
  CAF_CHECK_EQUAL(speeds, (std::vector<double>{0, 1.5}));
}

CAF_TEST(a look at all that is made once a second tells nothing twice) {
  for (auto i = 0; i < 200; ++i)
    look();
  CAF_CHECK_EQUAL(topics.size(), 1u);
  CAF_CHECK_EQUAL(speeds.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace device_sampler_suite
