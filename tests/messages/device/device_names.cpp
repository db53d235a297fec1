// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_names

#include "messages/device/device_names.hpp"

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"

using namespace rr;

namespace device_names_suite {
namespace {

constexpr device_uid left_arm{7, 1, 99};

catalog types() {
  device_type arm;
  arm.name = "arm";
  arm.device_id = 7;
  device_type gamepad;
  gamepad.name = "gamepad";
  return catalog{{arm, gamepad}};
}

/// `TYPE UID` of what is meant, or the error.
std::string meant(std::string_view text) {
  auto device = parse_device(text, {{"left-arm", left_arm}, {"12", left_arm}});
  if (!device)
    return describe(device.error());
  auto key = resolve_device(*device, types());
  return key ? key->type + ' ' + to_string(key->uid) : describe(key.error());
}

} // namespace

CAF_TEST(a device is named in four ways) {
  auto arm = "arm " + to_string(left_arm);
  CAF_CHECK_EQUAL(meant("left-arm"), arm);
  CAF_CHECK_EQUAL(meant(to_string(left_arm)), arm);
  CAF_CHECK_EQUAL(meant(to_hex(left_arm)), arm);
  CAF_CHECK_EQUAL(meant("arm:" + to_string(left_arm)), arm);
  CAF_CHECK_EQUAL(meant("gamepad:0"), "gamepad 0");
  CAF_CHECK_EQUAL(meant("gamepad:12"), "gamepad 12");
}

CAF_TEST(a name goes before a UID) {
  CAF_CHECK_EQUAL(meant("12"), "arm " + to_string(left_arm));
}

CAF_TEST(names come as pairs and what is none is passed over) {
  auto names = parse_device_names("left-arm:" + to_string(left_arm)
                                  + "  x :1 a: b:c 7:0x0b:12 arm:1:5");
  CAF_CHECK_EQUAL(names.size(), 3u);
  CAF_CHECK(names["left-arm"] == left_arm);
  CAF_CHECK(names["7:0x0b"] == *parse_device_uid("12"));
  CAF_CHECK(names["arm:1"] == *parse_device_uid("5"));
  CAF_CHECK(parse_device_names("").empty());
}

CAF_TEST(what is no device says what was expected) {
  for (auto text : {"", "right-arm", ":0", "gamepad:", "gamepad:x", "Arm:0",
                    "gamepad:0:0", "309485009821345068724781056"})
    CAF_CHECK_EQUAL(meant(text), std::string{text}
                                   + " is no device: expected a UID below "
                                     "2^88, a name of device.names, or "
                                     "TYPE:NUMBER");
}

CAF_TEST(a UID is of its type and a number of the others) {
  CAF_CHECK_EQUAL(meant("lidar:0"),
                  "lidar: the catalog has no type of this name");
  CAF_CHECK_EQUAL(meant("0"), "0: the catalog has no type of device_id 0");
  CAF_CHECK_EQUAL(meant("arm:0"), "0 is no UID of the type arm");
  CAF_CHECK_EQUAL(meant("gamepad:" + to_string(left_arm)),
                  to_string(left_arm) + " is no number of the type gamepad");
}

} // namespace device_names_suite
