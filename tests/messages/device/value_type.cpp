// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE value_type

#include "messages/device/value_type.hpp"

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"

using namespace rr;

namespace value_type_suite {
namespace {

std::string canonical(std::string_view text) {
  auto type = parse_value_type(text);
  return type ? to_string(*type) : describe(type.error());
}

} // namespace

CAF_TEST(every scalar keeps its name and its size) {
  auto size = [](std::string_view text) {
    auto type = parse_value_type(text);
    return type && to_string(*type) == text ? type->size() : 0;
  };
  for (auto text : {"bool", "int8", "uint8", "char"})
    CAF_CHECK_EQUAL(size(text), 1u);
  for (auto text : {"int16", "uint16"})
    CAF_CHECK_EQUAL(size(text), 2u);
  for (auto text : {"int32", "uint32", "float"})
    CAF_CHECK_EQUAL(size(text), 4u);
  for (auto text : {"int64", "uint64", "double"})
    CAF_CHECK_EQUAL(size(text), 8u);
}

CAF_TEST(the names of the Python runtime are taken) {
  CAF_CHECK_EQUAL(canonical("byte"), "int8");
  CAF_CHECK_EQUAL(canonical("ubyte"), "uint8");
  CAF_CHECK_EQUAL(canonical("short"), "int16");
  CAF_CHECK_EQUAL(canonical("ushort"), "uint16");
  CAF_CHECK_EQUAL(canonical("int"), "int32");
  CAF_CHECK_EQUAL(canonical("uint"), "uint32");
  CAF_CHECK_EQUAL(canonical("long"), "int64");
  CAF_CHECK_EQUAL(canonical("ulong"), "uint64");
  CAF_CHECK_EQUAL(canonical("longlong"), "int64");
  CAF_CHECK_EQUAL(canonical("ulonglong[2]"), "uint64[2]");
  CAF_CHECK_EQUAL(canonical("size_t"), "uint64");
}

CAF_TEST(an array has the size of all its elements) {
  auto type = parse_value_type("uint16[128][64][3]");
  CAF_REQUIRE(type);
  CAF_CHECK_EQUAL(type->dimensions, (std::vector<uint32_t>{128, 64, 3}));
  CAF_CHECK_EQUAL(type->count(), 128u * 64 * 3);
  CAF_CHECK_EQUAL(type->size(), 128u * 64 * 3 * 2);
  CAF_CHECK_EQUAL(canonical("uint8[2][2][2][2][2][2][2][2]"),
                  "uint8[2][2][2][2][2][2][2][2]");
}

CAF_TEST(64 MiB is the most) {
  CAF_CHECK_EQUAL(canonical("uint8[67108864]"), "uint8[67108864]");
  CAF_CHECK_EQUAL(canonical("uint8[67108865]"),
                  "uint8[67108865]: larger than 64 MiB");
  CAF_CHECK_EQUAL(canonical("double[8388609]"),
                  "double[8388609]: larger than 64 MiB");
  CAF_CHECK_EQUAL(canonical("uint8[99999999999999999999]"),
                  "uint8[99999999999999999999]: larger than 64 MiB");
  // The product of these is 2^64, which is 0 in 64 bits.
  CAF_CHECK_EQUAL(canonical("uint8[65536][65536][65536][65536]"),
                  "uint8[65536][65536][65536][65536]: larger than 64 MiB");
}

CAF_TEST(anything else is an error) {
  CAF_CHECK_EQUAL(canonical("uint8[0]"), "uint8[0]: a dimension is 0");
  CAF_CHECK_EQUAL(canonical("uint8[4][0]"), "uint8[4][0]: a dimension is 0");
  for (auto text : {"", "c_int", "string", "Bool", "int128", " int8", "[4]"})
    CAF_CHECK(canonical(text).find(": unknown type") != std::string::npos);
  for (auto text : {"uint8[", "uint8[4", "uint8[]", "uint8[-1]", "uint8[4]x",
                    "uint8[ 4]", "uint8[4 ]", "uint8[0x4]", "uint8[4]]"})
    CAF_CHECK(canonical(text).find(": expected dimensions")
              != std::string::npos);
  CAF_CHECK(canonical("bool[1][1][1][1][1][1][1][1][1]")
              .ends_with(": more than 8 dimensions"));
}

} // namespace value_type_suite
