// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_uid

#include "messages/device/device_uid.hpp"

#include <set>
#include <unordered_set>

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"

using namespace rr;

namespace device_uid_suite {
namespace {

constexpr device_uid servo{7, 0x17, 0x0123456789abcdef};
constexpr device_uid greatest{0xffff, 0xff, 0xffffffffffffffff};

/// @pre the text is one of a UID.
device_uid parsed(std::string_view text) {
  auto uid = parse_device_uid(text);
  CAF_REQUIRE(uid);
  return *uid;
}

std::string fault(std::string_view text) {
  auto uid = parse_device_uid(text);
  return uid ? "none" : describe(uid.error());
}

} // namespace

CAF_TEST(a UID is 16 bits of type and 8 of year and 64 of chance) {
  CAF_CHECK_EQUAL(to_hex(servo), "0x7170123456789abcdef");
  // (7 << 72) + (0x17 << 64) + 0x0123456789abcdef
  CAF_CHECK_EQUAL(to_string(servo), "33480922479312052669935");
  CAF_CHECK_EQUAL(to_string(greatest), "309485009821345068724781055");
  CAF_CHECK_EQUAL(to_string(device_uid{}), "0");
  CAF_CHECK_EQUAL(to_hex(device_uid{}), "0x0");
  CAF_CHECK_EQUAL(to_hex(device_uid{0, 1, 2}), "0x10000000000000002");
  CAF_CHECK_EQUAL(to_string(device_uid{0, 0, 10000000000000000000u}),
                  "10000000000000000000");
  CAF_CHECK_EQUAL(to_string(device_uid{0, 0, 9999999999999999999u}),
                  "9999999999999999999");
  CAF_CHECK_EQUAL(to_string(device_uid{0, 1, 0}), "18446744073709551616");
}

CAF_TEST(a UID is read back from either text) {
  for (const auto& uid : {servo, greatest, device_uid{}, device_uid{0, 0, 3}}) {
    CAF_CHECK_EQUAL(parsed(to_string(uid)), uid);
    CAF_CHECK_EQUAL(parsed(to_hex(uid)), uid);
  }
  CAF_CHECK_EQUAL(parsed("0X7170123456789ABCDEF"), servo);
  CAF_CHECK_EQUAL(parsed("0x0007170123456789abcdef"), servo);
  CAF_CHECK_EQUAL(parsed("007"), (device_uid{0, 0, 7}));
}

CAF_TEST(two to the 88 and above is an error) {
  CAF_CHECK_EQUAL(fault("309485009821345068724781056"),
                  "309485009821345068724781056 is no device UID: it is 2^88 or "
                  "above");
  CAF_CHECK_EQUAL(fault("0x10000000000000000000000"),
                  "0x10000000000000000000000 is no device UID: it is 2^88 or "
                  "above");
  // 2^128, which is 0 in 128 bits.
  CAF_CHECK(fault("340282366920938463463374607431768211456") != "none");
  CAF_CHECK(fault(std::string(10000, '9')) != "none");
}

CAF_TEST(anything else is an error) {
  for (auto text : {"", "0x", "x7", "-1", "+1", " 1", "1 ", "1.0", "1e3", "12a",
                    "0x12g", "servo"})
    CAF_CHECK(fault(text).find("is no device UID: expected decimal digits")
              != std::string::npos);
}

CAF_TEST(UIDs are in the order of their numbers and serve as keys) {
  std::set<device_uid> sorted{greatest, servo, {0, 1, 0}, {0, 0, 9}};
  CAF_CHECK_EQUAL(
    (std::vector<device_uid>{sorted.begin(), sorted.end()}),
    (std::vector<device_uid>{{0, 0, 9}, {0, 1, 0}, servo, greatest}));
  std::unordered_set<device_uid> hashed{servo, greatest, servo};
  CAF_CHECK_EQUAL(hashed.size(), 2u);
}

} // namespace device_uid_suite
