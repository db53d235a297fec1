// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE evdev_mapping

#include "bridges/control/evdev_mapping.hpp"

#include <linux/input.h>

#include "bridges/control/gamepad_device.hpp"
#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace evdev_mapping_suite {
namespace {

struct fixture {
  evdev_mapping mapping;

  gamepad_state after(uint16_t type, uint16_t code, int32_t value) {
    mapping.take(type, code, value);
    return mapping.state();
  }

  double axis(gamepad_axis which, uint16_t code, int32_t value) {
    return after(EV_ABS, code, value).axes[which];
  }

  uint64_t buttons(uint16_t type, uint16_t code, int32_t value) {
    return after(type, code, value).buttons;
  }

  static std::string fault(const std::string& path) {
    auto made = gamepad_device::open(path, {});
    return made ? "none" : describe(made.error());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(evdev_mapping_tests, fixture)

CAF_TEST(a gamepad that has said nothing is at rest) {
  CAF_CHECK(mapping.state() == gamepad_state{});
}

CAF_TEST(right and up are positive) {
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 32767), 1.0);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, -32768), -1.0);
  CAF_CHECK_EQUAL(axis(left_y, ABS_Y, -32768), 1.0);
  CAF_CHECK_EQUAL(axis(left_y, ABS_Y, 32767), -1.0);
  CAF_CHECK_EQUAL(axis(right_x, ABS_RX, 32767), 1.0);
  CAF_CHECK_EQUAL(axis(right_y, ABS_RY, 32767), -1.0);
}

CAF_TEST(the middle of any range is exactly zero) {
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 0), 0.0);
  CAF_CHECK_EQUAL(axis(left_y, ABS_Y, -1), 0.0);
  mapping.set_range(ABS_X, 0, 255);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 128), 0.0);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 127), 0.0);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 255), 1.0);
  CAF_CHECK(axis(left_x, ABS_X, 192) > 0.5);
}

CAF_TEST(what lies outside the range is clamped and an empty range ignored) {
  mapping.set_range(ABS_X, -10, 10);
  mapping.set_range(ABS_X, 5, 5);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 5), 0.5);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, 2'000'000'000), 1.0);
  CAF_CHECK_EQUAL(axis(left_x, ABS_X, -2'000'000'000), -1.0);
}

CAF_TEST(the first value outside its range is remembered) {
  mapping.set_range(ABS_X, -100, 100);
  after(EV_ABS, ABS_X, 100);
  after(EV_ABS, ABS_X, -100);
  CAF_CHECK(!mapping.stray());
  after(EV_ABS, ABS_X, 127);
  after(EV_ABS, ABS_X, 200);
  CAF_REQUIRE(mapping.stray());
  CAF_CHECK_EQUAL(mapping.stray()->code, ABS_X);
  CAF_CHECK_EQUAL(mapping.stray()->value, 127);
  CAF_CHECK_EQUAL(mapping.stray()->least, -100);
  CAF_CHECK_EQUAL(mapping.stray()->most, 100);
}

CAF_TEST(buttons stand in the order of the standard gamepad) {
  CAF_CHECK_EQUAL(buttons(EV_KEY, BTN_SOUTH, 1), 1u);
  CAF_CHECK_EQUAL(buttons(EV_KEY, BTN_TR, 1), 1u | 1u << 5);
  CAF_CHECK_EQUAL(buttons(EV_KEY, BTN_MODE, 1), 1u | 1u << 5 | 1u << 16);
  CAF_CHECK_EQUAL(buttons(EV_KEY, BTN_SOUTH, 0), 1u << 5 | 1u << 16);
}

CAF_TEST(triggers and the cross are buttons also where they are axes) {
  mapping.set_range(ABS_Z, 0, 255);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_Z, 200), 1u << 6);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_Z, 100), 0u);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_HAT0Y, -1), 1u << 12);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_HAT0Y, 1), 1u << 13);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_HAT0X, 1), 1u << 13 | 1u << 15);
  CAF_CHECK_EQUAL(buttons(EV_ABS, ABS_HAT0X, 0), 1u << 13);
}

CAF_TEST(unknown events change nothing) {
  CAF_CHECK(after(EV_ABS, 0xffff, 1) == gamepad_state{});
  CAF_CHECK(after(EV_KEY, KEY_ENTER, 1) == gamepad_state{});
  CAF_CHECK(after(EV_REL, REL_X, 1) == gamepad_state{});
}

CAF_TEST(what is no gamepad is refused by name) {
  CAF_CHECK_EQUAL(fault("/dev/null"), "/dev/null: it is no input device");
  CAF_CHECK_EQUAL(fault("/nowhere"),
                  "cannot open /nowhere: no such file or directory");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace evdev_mapping_suite
