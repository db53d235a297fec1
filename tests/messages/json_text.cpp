// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE json_text

#include "messages/json_text.hpp"

#include <string>

#include <caf/test/dsl.hpp>

using namespace rr;

namespace json_text_suite {
namespace {

std::string fault_of(const std::string& text) {
  auto parsed = parse_json(text);
  return parsed.fault ? parsed.fault : "";
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

} // namespace

CAF_TEST(a value is taken) {
  auto parsed = parse_json(R"({"a": [1, -2, 0.5, "x", true, null]})");
  CAF_CHECK(!parsed.fault);
  CAF_CHECK_EQUAL(parsed.value["a"].size(), 6u);
}

CAF_TEST(what is no JSON is refused) {
  for (auto text : {"", "{", "nul", "NaN", "{\"a\":1}x", "1e999", "'a'", "[1,]",
                    "\"\xff\"", "{\"a\":NaN}"})
    CAF_CHECK_EQUAL(fault_of(text), "not JSON");
}

CAF_TEST(a key that stands twice is refused wherever it is) {
  CAF_CHECK_EQUAL(fault_of(R"({"a":1,"a":1})"), "a key stands twice");
  CAF_CHECK_EQUAL(fault_of(R"([{"b":{"a":1,"c":0,"a":1}}])"),
                  "a key stands twice");
  CAF_CHECK_EQUAL(fault_of(R"([{"a":1},{"a":1}])"), "");
  CAF_CHECK_EQUAL(fault_of(R"({"a":{"a":1}})"), "");
}

CAF_TEST(what is nested without end is refused) {
  CAF_CHECK_EQUAL(fault_of(nested(32)), "");
  CAF_CHECK_EQUAL(fault_of(nested(34)), "nested too deeply");
  CAF_CHECK_EQUAL(fault_of(nested(30'000)), "nested too deeply");
  CAF_CHECK_EQUAL(fault_of(std::string(60'000, '[')), "nested too deeply");
}

} // namespace json_text_suite
