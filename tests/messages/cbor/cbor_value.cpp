// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE cbor_value

#include "messages/cbor/cbor_value.hpp"

#include <cmath>
#include <limits>

#include <caf/test/dsl.hpp>

#include "messages/cbor/cbor_form.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;

namespace cbor_value_suite {
namespace {

using json = nlohmann::json;

json value(std::string_view digits) {
  auto payload = hex(digits);
  if (check_cbor_form(payload, {}))
    CAF_FAIL("malformed: " << digits);
  return read_checked_cbor(payload);
}

void check(std::string_view digits, const json& expected) {
  CAF_MESSAGE(digits);
  auto result = value(digits);
  CAF_CHECK_EQUAL(result.type(), expected.type());
  CAF_CHECK(result == expected);
}

} // namespace

CAF_TEST(integers have the values of RFC 8949) {
  check("00", 0u);
  check("17", 23u);
  check("1818", 24u);
  check("1903e8", 1000u);
  check("1a000f4240", 1000000u);
  check("1b000000e8d4a51000", 1000000000000u);
  check("1bffffffffffffffff", UINT64_MAX);
  check("20", -1);
  check("3863", -100);
  check("3903e7", -1000);
  check("3b7fffffffffffffff", INT64_MIN);
}

CAF_TEST(floats have the values of RFC 8949) {
  check("f90000", 0.0);
  check("f93c00", 1.0);
  check("f93e00", 1.5);
  check("f97bff", 65504.0);
  check("f90001", 5.960464477539063e-8);
  check("f90400", 0.00006103515625);
  check("f9c400", -4.0);
  check("fa47c35000", 100000.0);
  check("fa7f7fffff", 3.4028234663852886e+38);
  check("fb3ff199999999999a", 1.1);
  check("fb7e37e43c8800759c", 1.0e+300);
  check("fbc010666666666666", -4.1);
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  for (auto digits : {"f97c00", "fa7f800000", "fb7ff0000000000000"})
    check(digits, infinity);
  for (auto digits : {"f9fc00", "faff800000", "fbfff0000000000000"})
    check(digits, -infinity);
  for (auto digits : {"f97e00", "fa7fc00000", "fb7ff8000000000000"})
    CAF_CHECK(std::isnan(value(digits).get<double>()));
  CAF_CHECK(std::signbit(value("f98000").get<double>()));
}

CAF_TEST(simple values and strings have the values of RFC 8949) {
  check("f4", false);
  check("f5", true);
  check("f6", nullptr);
  check("40", json::binary({}));
  check("4401020304", json::binary({1, 2, 3, 4}));
  check("5f42010243030405ff", json::binary({1, 2, 3, 4, 5}));
  check("5fff", json::binary({}));
  check("60", "");
  check("6449455446", "IETF");
  check("62225c", "\"\\");
  check("64f0908591", "\xf0\x90\x85\x91");
  check("7f657374726561646d696e67ff", "streaming");
  check("7f 60 60 ff", "");
}

CAF_TEST(arrays and maps have the values of RFC 8949) {
  check("80", json::array());
  check("9fff", json::array());
  check("a0", json::object());
  check("bfff", json::object());
  auto nested = json::parse("[1, [2, 3], [4, 5]]");
  for (auto digits : {"8301820203820405", "9f018202039f0405ffff",
                      "83018202039f0405ff", "83019f0203ff820405"})
    check(digits, nested);
  check("a26161016162820203", json::parse(R"({"a": 1, "b": [2, 3]})"));
  check("bf61610161629f0203ffff", json::parse(R"({"a": 1, "b": [2, 3]})"));
  check("826161bf61626163ff", json::parse(R"(["a", {"b": "c"}])"));
  check("bf6346756ef563416d7421ff", json::parse(R"({"Fun": true, "Amt": -2})"));
  check("a2 7f 6162 6161 ff 01 6161 02", json::parse(R"({"ba": 1, "a": 2})"));
  check("bf 6163 01 6161 02 6162 03 ff",
        json::parse(R"({"a": 2, "b": 3, "c": 1})"));
}

CAF_TEST(every half float has the value of the other decoder) {
  size_t differences = 0;
  for (unsigned bits = 0; bits <= 0xffff; ++bits) {
    auto payload = hex("f9");
    payload.push_back(static_cast<std::byte>(bits >> 8));
    payload.push_back(static_cast<std::byte>(bits & 0xff));
    auto ours = read_checked_cbor(payload).get<double>();
    auto other = json::from_cbor(payload).get<double>();
    if (std::signbit(ours) != std::signbit(other)
        || (ours != other && !(std::isnan(ours) && std::isnan(other))))
      ++differences;
  }
  CAF_CHECK_EQUAL(differences, 0u);
}

} // namespace cbor_value_suite
