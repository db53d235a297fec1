// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE method_list

#include "app/command/method_list.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace method_list_suite {
namespace {

std::string lines(const char* text) {
  return method_lines(json::parse(text));
}

} // namespace

CAF_TEST(each method has a line with what is known of its arguments) {
  CAF_CHECK_EQUAL(lines(R"([
    {"name": "ping", "least": 0, "most": 0, "parameters": ""},
    {"name": "add", "least": 2, "most": 2},
    {"name": "echo", "least": 1, "most": 1, "parameters": ""},
    {"name": "estop", "least": 0, "most": 1, "parameters": "[reason]"},
    {"name": "fail", "least": 0, "most": 2}])"),
                  "add  2 arguments\necho  1 argument\nestop  [reason]\n"
                  "fail  0 to 2 arguments\nping\n");
}

CAF_TEST(services of other kinds are understood) {
  CAF_CHECK_EQUAL(lines(R"(["b", "a"])"), "a\nb\n");
  CAF_CHECK_EQUAL(lines(R"({"add": ["x", "y"], "ping": [], "say": "text",
                            "turn": {"parameters": ["angle"]}, "go": null})"),
                  "add  x y\ngo\nping\nsay  text\nturn  angle\n");
}

CAF_TEST(what is no list at all is no line and nothing is obeyed) {
  for (auto text : {"null", "1", "[1, null, {}]", R"("x")"})
    CAF_CHECK_EQUAL(lines(text), "");
  CAF_CHECK_EQUAL(lines(R"([{"name": 5, "least": -1, "most": "x",
                             "parameters": {}}])"),
                  "5\n");
  CAF_CHECK_EQUAL(lines(R"(["\u001b[2J\n"])"), "\\x1b[2J\\n\n");
}

} // namespace method_list_suite
