// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_value

#include "messages/device/device_value.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <caf/test/dsl.hpp>

#include "messages/device/catalog.hpp"
#include "messages/device/value_limits.hpp"
#include "messages/error.hpp"

using namespace rr;

namespace device_value_suite {
namespace {

parameter of_type(std::string_view type) {
  parameter result;
  result.name = "it";
  result.type = *parse_value_type(type);
  return result;
}

/// Checks bytes that have no fault.
value_fit fit(const parameter& param, std::span<std::byte> bytes) {
  auto result = check_value(param, bytes);
  CAF_REQUIRE(result);
  return *result;
}

/// What is read after the value has been written; the error if it has not, and
/// `clamped` in front if it was.
json written(const parameter& param, const device_value& value) {
  std::vector<std::byte> bytes(param.type.size(), std::byte{0xff});
  auto done = encode_value(param, value, bytes);
  if (!done)
    return describe(done.error());
  auto result = decode_value(param.type, bytes);
  if (*done == value_fit::clamped)
    return {"clamped", result};
  return result;
}

json written(std::string_view type, const device_value& value) {
  return written(of_type(type), value);
}

json clamped(const json& value) {
  return {"clamped", value};
}

template <class T>
void check_integers(std::string_view type) {
  using limits = std::numeric_limits<T>;
  for (auto value : {limits::min(), T{0}, T{1}, limits::max()})
    CAF_CHECK_EQUAL(written(type, value), value);
  CAF_CHECK_EQUAL(written(type, 1.0), "it: expected an integer, got 1.0");
  CAF_CHECK_EQUAL(written(type, true), "it: expected an integer, got true");
  CAF_CHECK_EQUAL(written(type, "1"), "it: expected an integer, got \"1\"");
  // Integers that JSON can say as a float alone.
  CAF_CHECK_EQUAL(written(type, 0x1p64), clamped(limits::max()));
  CAF_CHECK_EQUAL(written(type, -0x1p63), clamped(limits::min()));
  if (std::cmp_greater(limits::min(), std::numeric_limits<int64_t>::min()))
    CAF_CHECK_EQUAL(written(type, std::numeric_limits<int64_t>::min()),
                    clamped(limits::min()));
  if (std::cmp_less(limits::max(), std::numeric_limits<uint64_t>::max()))
    CAF_CHECK_EQUAL(written(type, std::numeric_limits<uint64_t>::max()),
                    clamped(limits::max()));
}

} // namespace

CAF_TEST(integers of every size come back and are clamped to their range) {
  check_integers<int8_t>("int8");
  check_integers<int16_t>("int16");
  check_integers<int32_t>("int32");
  check_integers<int64_t>("int64");
  check_integers<uint8_t>("uint8");
  check_integers<uint16_t>("uint16");
  check_integers<uint32_t>("uint32");
  check_integers<uint64_t>("uint64");
}

CAF_TEST(numbers come back and are clamped to their range) {
  CAF_CHECK_EQUAL(written("float", 0.5), 0.5);
  CAF_CHECK_EQUAL(written("float", -3), -3.0);
  CAF_CHECK_EQUAL(written("double", 0.1), 0.1);
  CAF_CHECK_EQUAL(written("float", 1e300),
                  clamped(std::numeric_limits<float>::max()));
  CAF_CHECK_EQUAL(written("float", -HUGE_VAL),
                  clamped(std::numeric_limits<float>::lowest()));
  CAF_CHECK_EQUAL(written("double", HUGE_VAL),
                  clamped(std::numeric_limits<double>::max()));
  CAF_CHECK_EQUAL(written("float", "fast"),
                  "it: expected a number, got \"fast\"");
  CAF_CHECK_EQUAL(written("float", nullptr), "it: expected a number, got null");
  CAF_CHECK_EQUAL(written("float", json::object()),
                  "it: expected a number, got an object");
}

CAF_TEST(what is not a number is refused) {
  CAF_CHECK_EQUAL(written("float", std::nan("")), "it: not a number");
  CAF_CHECK_EQUAL(written("double", std::nan("")), "it: not a number");
  CAF_CHECK_EQUAL(written("double[2]", {1.0, std::nan("")}),
                  "it: not a number");
}

CAF_TEST(a bool is true or false and nothing else) {
  CAF_CHECK_EQUAL(written("bool", true), true);
  CAF_CHECK_EQUAL(written("bool", false), false);
  CAF_CHECK_EQUAL(written("bool", 1), "it: expected true or false, got 1");
}

CAF_TEST(limits hold for every element) {
  auto param = of_type("float[3]");
  param.lower = -1.0;
  param.upper = 0.5;
  CAF_CHECK_EQUAL(written(param, {-1.0, 0.0, 0.5}), (json{-1.0, 0.0, 0.5}));
  CAF_CHECK_EQUAL(written(param, {-1.5, 0.0, 9}), clamped({-1.0, 0.0, 0.5}));
  param = of_type("uint64");
  param.lower = 10;
  param.upper = std::numeric_limits<uint64_t>::max() - 1;
  CAF_CHECK_EQUAL(written(param, 9), clamped(10));
  CAF_CHECK_EQUAL(written(param, std::numeric_limits<uint64_t>::max()),
                  clamped(std::numeric_limits<uint64_t>::max() - 1));
}

CAF_TEST(arrays of several dimensions come back) {
  const json nested{{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
  CAF_CHECK_EQUAL(written("int16[2][3][2]", nested), nested);
  std::vector<std::byte> bytes(24);
  CAF_CHECK(encode_value(of_type("int16[2][3][2]"), nested, bytes));
  // Side by side in the order of C.
  for (uint8_t i = 0; i < 12; ++i)
    CAF_CHECK_EQUAL(std::to_integer<int>(bytes[2 * i]), i + 1);
}

CAF_TEST(an array of another length is refused) {
  CAF_CHECK_EQUAL(written("int8[3]", {1, 2}), "it: expected 3 elements, got 2");
  CAF_CHECK_EQUAL(written("int8[3]", {1, 2, 3, 4}),
                  "it: expected 3 elements, got 4");
  CAF_CHECK_EQUAL(written("int8[2][2]", json::array({{1, 2}, {3}})),
                  "it: expected 2 elements, got 1");
  CAF_CHECK_EQUAL(written("int8[3]", 1),
                  "it: expected an array of 3 elements, got 1");
  CAF_CHECK_EQUAL(written("int8[2]", json::array({json::array({1}), 2})),
                  "it: expected an integer, got an array");
}

CAF_TEST(text ends before the first byte of zero) {
  CAF_CHECK_EQUAL(written("char[4]", "ab"), "ab");
  CAF_CHECK_EQUAL(written("char[4]", "abcd"), "abcd");
  CAF_CHECK_EQUAL(written("char[4]", ""), "");
  CAF_CHECK_EQUAL(written("char[4]", "abcde"),
                  "it: expected at most 4 elements, got 5");
  CAF_CHECK_EQUAL(written("char[4]", 7),
                  "it: expected a text of at most 4 bytes, got 7");
  CAF_CHECK_EQUAL(written("char[2][3]", {"abc", "d"}), (json{"abc", "d"}));
  CAF_CHECK_EQUAL(written("char", "x"), "x");
  CAF_CHECK_EQUAL(written("char", ""), "");
  CAF_CHECK_EQUAL(written("char", "xy"),
                  "it: expected a text of one byte, got \"xy\"");
}

CAF_TEST(byte strings fill arrays of bytes) {
  auto bytes = json::binary({1, 2, 255});
  CAF_CHECK_EQUAL(written("uint8[3]", bytes), (json{1, 2, 255}));
  CAF_CHECK_EQUAL(written("uint8[3][1]", bytes), (json{{1}, {2}, {255}}));
  CAF_CHECK_EQUAL(written("bool[3]", bytes), (json{true, true, true}));
  CAF_CHECK_EQUAL(written("uint8[4]", bytes), "it: expected 4 elements, got 3");
  CAF_CHECK_EQUAL(written("uint16[3]", bytes),
                  "it: expected an array of 3 elements, got bytes");
  CAF_CHECK_EQUAL(written("char[3]", bytes), json::binary({1, 2, 255}));
}

CAF_TEST(bytes are checked as values are) {
  auto param = of_type("float[2]");
  param.upper = 1.0;
  float values[]{0.5f, 2.0f};
  auto bytes = std::as_writable_bytes(std::span{values});
  CAF_CHECK_EQUAL(fit(param, bytes), value_fit::clamped);
  CAF_CHECK_EQUAL(values[0], 0.5f);
  CAF_CHECK_EQUAL(values[1], 1.0f);
  CAF_CHECK_EQUAL(fit(param, bytes), value_fit::exact);
  values[0] = std::nanf("");
  CAF_CHECK_EQUAL(describe(check_value(param, bytes).error()),
                  "it: not a number");
  CAF_CHECK_EQUAL(describe(check_value(param, bytes.first(4)).error()),
                  "it: expected 8 bytes, got 4");
  std::byte flag[]{std::byte{2}};
  CAF_CHECK_EQUAL(fit(of_type("bool"), flag), value_fit::exact);
  CAF_CHECK_EQUAL(flag[0], std::byte{1});
}

CAF_TEST(limits hold what they would leave as it is) {
  auto holds = []<class T>(const parameter& param, T value) {
    return value_limits{param}.hold(std::as_bytes(std::span{&value, 1}));
  };
  auto param = of_type("float");
  param.lower = -1.0;
  param.upper = 1.0;
  for (float value : {-1.f, 0.f, 1.f})
    CAF_CHECK(holds(param, value));
  for (float value : {-1.5f, std::nextafter(1.f, 2.f), std::nanf(""),
                      std::numeric_limits<float>::infinity()})
    CAF_CHECK(!holds(param, value));
  CAF_CHECK(!holds(param, 0.0)); // of another size
  CAF_CHECK(!holds(of_type("double"), std::nan("")));
  param = of_type("int16");
  param.upper = 7;
  CAF_CHECK(holds(param, int16_t{7}));
  CAF_CHECK(!holds(param, int16_t{8}));
  CAF_CHECK(holds(of_type("uint64"), std::numeric_limits<uint64_t>::max()));
  CAF_CHECK(holds(of_type("bool"), uint8_t{1}));
  CAF_CHECK(!holds(of_type("bool"), uint8_t{2}));
  CAF_CHECK(holds(of_type("char"), uint8_t{255}));
}

CAF_TEST(one safe scalar is that of every element) {
  auto safe = [](std::string_view type, const json& value) {
    auto param = of_type(type);
    param.safe = value;
    std::vector<std::byte> bytes(param.type.size());
    encode_safe(param, bytes);
    return decode_value(param.type, bytes);
  };
  CAF_CHECK_EQUAL(safe("float", 0.5), 0.5);
  CAF_CHECK_EQUAL(safe("int16[2][2]", 7), (json{{7, 7}, {7, 7}}));
  CAF_CHECK_EQUAL(safe("int16[2]", {7, 8}), (json{7, 8}));
  CAF_CHECK_EQUAL(safe("bool[2]", true), (json{true, true}));
  CAF_CHECK_EQUAL(safe("char[4]", "off"), "off");
}

} // namespace device_value_suite
