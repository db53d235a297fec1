// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE catalog_problems

#include "bridges/catalog/catalog_file.hpp"

#include "tests/support/catalog_problems.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;
using namespace rr::test;
using namespace std::literals;

namespace catalog_problems_suite {
namespace {

/// A type of so many parameters.
std::string type_of(size_t count, const std::string& head) {
  auto result = head + "  params:\n";
  for (size_t i = 0; i < count; ++i)
    result += "    - {name: p" + std::to_string(i) + ", type: bool}\n";
  return result;
}

} // namespace

CAF_TEST(no problem of a parameter hides another) {
  CAF_CHECK_EQUAL(problems("arm:\n  device_id: 70000\n  params:\n"
                           "    - {name: a, type: flaot, id: 2}\n"
                           "    - {name: a, type: bool, readable: 1, id: 2, "
                           "lower: 0}\n"
                           "    - {name: b, type: uint8, id: x, lower: 9, "
                           "upper: 8}\n"
                           "    - {name: c, type: uint8, writeable: 1, "
                           "safe: 256}\n"
                           "    - {name: d, type: bool, id: 16}\n"
                           "    - {name: E, type: bool, id: 2}\n"
                           "arm:\n  params: 1\n"),
                  (lines{
                    "2: [arm] device_id: is 70000, expected 0 to 65535",
                    "4: [arm] a: type flaot: unknown type, expected bool, int8 "
                    "... uint64, float, double, char, or an array of one such "
                    "as uint8[4]",
                    "5: [arm] a: readable is 1, expected true or false",
                    "5: [arm] a: lower: a bool has no limits",
                    "5: [arm] a: a parameter of this name is there already",
                    "5: [arm] a: id 2 is that of a already",
                    "6: [arm] b: id is x, expected 0 to 1023",
                    "6: [arm] b: lower 9 is above upper 8",
                    "7: [arm] c: writeable is 1, expected true or false",
                    "warning: 7: [arm] c: a safe value is of no use to what is "
                    "not writeable",
                    "7: [arm] c: safe 256 lies outside the limits",
                    "8: [arm] d: id 16, expected 0 to 15 on a Smart Device",
                    "9: [arm] params[5]: name is E, expected "
                    "[a-z][a-z0-9_-]* of at most 64 characters",
                    "9: [arm] params[5]: id 2 is that of a already",
                    "10: the key arm is there twice",
                    "11: [arm] params: is 1, expected a list",
                  }));
}

CAF_TEST(every problem is told at once and by its line) {
  CAF_CHECK_EQUAL(problems(R"(Motor:
  params: []
arm:
  device_id: 70000
  colour: red
  sub_interval: 0
  params:
    - name: angle
      type: floot
    - type: float
      upper: 1
    - name: grip
      type: float
      lower: 2
      upper: 1
leg:
)"),
                  (lines{
                    "1: [Motor] is no name of a type, expected "
                    "[a-z][a-z0-9_-]* of at most 64 characters",
                    "4: [arm] device_id: is 70000, expected 0 to 65535",
                    "5: [arm] unknown key colour, expected device_id, "
                    "sub_interval, write_interval, heartbeat_interval or "
                    "params",
                    "6: [arm] sub_interval: is 0, expected seconds above zero",
                    "9: [arm] angle: type floot: unknown type, expected bool, "
                    "int8 ... uint64, float, double, char, or an array of one "
                    "such as uint8[4]",
                    "10: [arm] params[1]: name is missing",
                    "14: [arm] grip: lower 2.0 is above upper 1.0",
                    "16: [leg] is nothing, expected a map",
                  }));
}

CAF_TEST(what is there twice is told although YAML keeps one in silence) {
  CAF_CHECK_EQUAL(problems("arm:\n  params: []\nleg:\n  params: []\n"
                           "arm:\n  params: []\n"),
                  lines{"5: the key arm is there twice"});
  CAF_CHECK_EQUAL(problems("arm:\n  params: []\n  params: []\n"),
                  lines{"3: [arm] the key params is there twice"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, type: int8"),
                  lines{"3: [motor] a: the key type is there twice"});
  CAF_CHECK_EQUAL(problems("a: {device_id: 1, params: []}\n"
                           "b: {device_id: 0x1, params: []}\n"),
                  lines{"2: [b] device_id: 0x1 is that of a already"});
  CAF_CHECK_EQUAL(problems("motor:\n  params:\n"
                           "    - {name: a, type: bool}\n"
                           "    - {name: a, type: bool}\n"),
                  lines{"4: [motor] a: a parameter of this name is there "
                        "already"});
  CAF_CHECK_EQUAL(problems("motor:\n  params:\n"
                           "    - {name: a, type: bool, id: 1}\n"
                           "    - {name: b, type: bool}\n"),
                  lines{"4: [motor] b: id 1 is that of a already"});
}

CAF_TEST(a Smart Device has at most 16 parameters and others have more) {
  auto smart = "motor:\n  device_id: 1\n"s;
  CAF_CHECK_EQUAL(problems(type_of(16, smart)), lines{});
  CAF_CHECK_EQUAL(problems(type_of(17, smart)),
                  lines{"4: [motor] params: 17 parameters, expected at most 16 "
                        "on a Smart Device"});
  CAF_CHECK_EQUAL(problems(type_of(17, "motor:\n")), lines{});
  CAF_CHECK_EQUAL(problems(type_of(1025, "motor:\n")),
                  lines{"3: [motor] params: 1025 parameters, expected at most "
                        "1024"});
  CAF_CHECK_EQUAL(
    problems(smart + "  params: [{name: a, type: bool, id: 16}]\n"),
    lines{"3: [motor] a: id 16, expected 0 to 15 on a Smart "
          "Device"});
}

CAF_TEST(a limit is a number of its type and in order) {
  CAF_CHECK_EQUAL(problems_with("name: a, type: int8, lower: -3, upper: 3"),
                  lines{});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, lower: 0"),
                  lines{"3: [motor] a: lower: a bool has no limits"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: 'char[4]', upper: 0"),
                  lines{"3: [motor] a: upper: a char has no limits"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: int8, lower: 0.5"),
                  lines{"3: [motor] a: lower: expected an integer, got 0.5"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: uint8, lower: -1, upper: 256"),
                  (lines{"3: [motor] a: lower -1 is beyond the range of uint8",
                         "3: [motor] a: upper 256 is beyond the range of "
                         "uint8"}));
  CAF_CHECK_EQUAL(problems_with("name: a, type: float, upper: fast"),
                  lines{"3: [motor] a: upper: expected a number, got "
                        "\"fast\""});
  CAF_CHECK_EQUAL(problems_with("name: a, type: float, upper: .nan"),
                  lines{"3: [motor] a: upper: not a number"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: float, upper: .inf"),
                  lines{"3: [motor] a: upper .inf is beyond the range of "
                        "float"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: int8, lower: 2, upper: 1"),
                  lines{"3: [motor] a: lower 2 is above upper 1"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: uint64, "
                                "lower: 18446744073709551615"),
                  lines{});
}

CAF_TEST(a safe value lies within the limits) {
  auto safe = [](const std::string& value) {
    return problems_with("name: a, type: 'float[2]', writeable: true, "
                         "lower: -1, upper: 1, safe: "
                         + value);
  };
  CAF_CHECK_EQUAL(safe("0.5"), lines{});
  CAF_CHECK_EQUAL(safe("[0.5, -1]"), lines{});
  CAF_CHECK_EQUAL(safe("2"),
                  lines{"3: [motor] a: safe 2 lies outside the limits"});
  CAF_CHECK_EQUAL(safe("[0, -2]"),
                  lines{"3: [motor] a: safe a list lies outside the limits"});
  CAF_CHECK_EQUAL(safe("[0, 0, 0]"),
                  lines{"3: [motor] a: safe: expected 2 elements, got 3"});
  CAF_CHECK_EQUAL(safe("{x: 1}"),
                  lines{"3: [motor] a: safe: expected an array of 2 elements, "
                        "got an object"});
  CAF_CHECK_EQUAL(safe("~"),
                  lines{"3: [motor] a: safe: expected an array of 2 elements, "
                        "got null"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: 'char[4]', writeable: true, "
                                "safe: 12"),
                  lines{});
}

CAF_TEST(a writeable parameter without a safe value is warned about) {
  auto text = "motor:\n  params:\n    - {name: a, type: bool, writeable: true}";
  auto reading = read_catalog(text);
  CAF_CHECK(!reading.bad());
  CAF_CHECK(reading.value.find("motor")->find("a"));
  CAF_CHECK_EQUAL(problems(text),
                  lines{"warning: 3: [motor] a: has no safe value: nothing can "
                        "be requested of it while the robot is disabled"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, safe: true"),
                  lines{"warning: 3: [motor] a: a safe value is of no use to "
                        "what is not writeable"});
}

CAF_TEST(every member of a parameter is checked) {
  CAF_CHECK_EQUAL(problems_with("name: A, type: bool"),
                  lines{"3: [motor] params[0]: name is A, expected "
                        "[a-z][a-z0-9_-]* of at most 64 characters"});
  CAF_CHECK_EQUAL(problems_with("name: a"),
                  lines{"3: [motor] a: type is missing"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, readable: 1"),
                  lines{"3: [motor] a: readable is 1, expected true or false"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, id: -1"),
                  lines{"3: [motor] a: id is -1, expected 0 to 1023"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, id: 1.0"),
                  lines{"3: [motor] a: id is 1.0, expected 0 to 1023"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: bool, unit: m"),
                  lines{"3: [motor] a: unknown key unit, expected name, type, "
                        "id, lower, upper, readable, writeable, subscribed, "
                        "safe or expires"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: 'uint8[0]'"),
                  lines{"3: [motor] a: type uint8[0]: a dimension is 0"});
  CAF_CHECK_EQUAL(problems_with("name: a, type: 'uint8[99999999]'"),
                  lines{"3: [motor] a: type uint8[99999999]: larger than 64 "
                        "MiB"});
  CAF_CHECK_EQUAL(problems("motor:\n  params:\n    - speed\n"),
                  lines{"3: [motor] params[0]: is speed, expected a map"});
  CAF_CHECK_EQUAL(problems("motor:\n  device_id: 1\n"),
                  lines{"1: [motor] params: is missing, expected a list"});
  CAF_CHECK_EQUAL(problems("- motor\n"), lines{"1: is a list, expected a map"});
}

CAF_TEST(a gamepad that control cannot set is warned about) {
  auto with = [](const std::string& axis) {
    return problems("gamepad:\n  params:\n    - {name: joystick_left_x, type: "
                    + axis + "}\n");
  };
  auto unset = lines{"warning: 3: [gamepad] joystick_left_x: no gamepad can be "
                     "set by control with this axis, expected a readable float "
                     "or double"};
  auto moved = lines{"warning: 3: [gamepad] joystick_left_x: its limits leave "
                     "out 0, at which a gamepad is neutral"};
  for (auto good : {"float", "double", "float, lower: -1, upper: 0",
                    "float, lower: 0, upper: 0.5"})
    CAF_CHECK_EQUAL(with(good), lines{});
  for (auto bad :
       {"int8", "bool", "char", "'float[2]'", "float, readable: false"})
    CAF_CHECK_EQUAL(with(bad), unset);
  CAF_CHECK_EQUAL(with("float, lower: 0.5, upper: 1"), moved);
  CAF_CHECK_EQUAL(with("double, upper: -0.5"), moved);
  CAF_CHECK_EQUAL(problems_with("name: joystick_left_x, type: int8"), lines{});
  CAF_CHECK_EQUAL(problems("gamepad:\n  device_id: 7\n  params: []\n"),
                  lines{
                    "warning: 2: [gamepad] device_id: no gamepad can be set "
                    "by control with it, for those have numbers and no "
                    "UIDs"});
}

CAF_TEST(malformed YAML is told by its line) {
  CAF_CHECK(problems("motor:\n  params: [\n").at(0).find("malformed YAML")
            != std::string::npos);
  CAF_CHECK_EQUAL(problems("a: {params: []}\n---\nb: {params: []}\n"),
                  lines{"3: a second document, expected one"});
  CAF_CHECK_EQUAL(problems(","),
                  lines{"1: malformed YAML: a comma out of place"});
  CAF_CHECK_EQUAL(problems("{}\n,\n"),
                  lines{"2: a second document, expected one"});
  CAF_CHECK_EQUAL(problems("a: !!python/object:os.system {params: []}\n"),
                  lines{"1: tags are not taken, got "
                        "tag:yaml.org,2002:python/object:os.system"});
}

CAF_TEST(hostile YAML is bounded) {
  CAF_CHECK_EQUAL(problems(std::string(200000, '[')),
                  lines{"1: nested more than 16 deep"});
  // Ten nodes by ten nodes by ten ...
  auto bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"s;
  for (auto i = 1; i < 12; ++i) {
    auto inner = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (auto j = 0; j < 10; ++j)
      bomb += (j > 0 ? ", " : "") + inner;
    bomb += "]\n";
  }
  CAF_CHECK_EQUAL(problems(bomb),
                  lines{"6: more than a million nodes with all aliases"});
  CAF_CHECK_EQUAL(problems("a: &a {params: *a}\n"),
                  lines{"1: an alias within its own anchor"});
}

CAF_TEST(what cannot be seen is named with its place) {
  auto ends = [](std::string_view text, const char* start, const char* end) {
    auto told = problems(std::string{text});
    if (told.size() == 1 && told[0].starts_with(start)
        && told[0].ends_with(end))
      return true;
    CAF_MESSAGE("got " << caf::deep_to_string(told));
    return false;
  };
  CAF_CHECK(ends(
    "a:\n  params:\n\t- {name: b, type: bool}\n",
    "3: malformed YAML: ", ": a tab (U+0009) in column 1, expected spaces"));
  CAF_CHECK(ends({"a:\n  params: [\0]\n", 16}, "2: holds a NUL (U+0000)",
                 " in column 12, expected text in UTF-8"));
  CAF_CHECK(ends("# caf\xe9\na:\n", "1: holds a byte that is no UTF-8 (0xE9)",
                 " in column 6, expected text in UTF-8"));
  CAF_CHECK(ends("a:\n  params: [\x04]\n",
                 "2: holds a control character "
                 "(U+0004)",
                 " in column 12, expected text in UTF-8"));
  CAF_CHECK(ends("a: {params: [],\u00a0]\n", "1: malformed YAML: ",
                 ": a non-breaking space (U+00A0) in column 16, expected "
                 "spaces"));
}

} // namespace catalog_problems_suite
