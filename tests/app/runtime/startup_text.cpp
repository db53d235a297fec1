// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE startup_text

#include "app/runtime/startup_text.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace startup_text_suite {
namespace {

json process(const char* name, json began, json ready, json after,
             const char* state = "running") {
  return {{"name", name},
          {"state", state},
          {"startup", {{"began", began}, {"ready", ready}, {"after", after}}}};
}

json robot() {
  return {{"processes",
           {process("student", 2.5, 2.75, {"drive", "camera"}),
            process("drive", 0.5, 2.5, {"power"}),
            process("camera", 0.0, 1.0, json::array()),
            process("power", 0.0, 0.5, json::array()),
            process("stuck", nullptr, nullptr, {"lost"}, "waiting"),
            process("lost", 0.0, nullptr, json::array(), "failed")}}};
}

} // namespace

CAF_TEST(the critical path leads to the last over what each waited for) {
  auto told = startup_as_json(robot());
  CAF_CHECK_EQUAL(told["critical_path"], (json{"power", "drive", "student"}));
  CAF_CHECK_EQUAL(told["ready"], json(2.75));
  CAF_CHECK_EQUAL(told["processes"][0], (json{{"name", "student"},
                                              {"began", 2.5},
                                              {"ready", 2.75},
                                              {"took", 0.25},
                                              {"after", {"drive", "camera"}},
                                              {"waited_for", "drive"}}));
  CAF_CHECK(told["processes"][4]["began"].is_null());
  CAF_CHECK_EQUAL(told["processes"][4]["waited_for"], json("lost"));
}

CAF_TEST(the tree has what was waited for below each) {
  CAF_CHECK_EQUAL(startup_as_text(robot()),
                  "critical path: power, drive, student\n"
                  "stuck  waiting\n"
                  "└─lost  @0.000 s  failed\n"
                  "student  @2.500 s +0.250 s\n"
                  "├─drive  @0.500 s +2.000 s\n"
                  "│ └─power  @0.000 s +0.500 s\n"
                  "└─camera  @0.000 s +1.000 s\n");
}

CAF_TEST(whatever a peer sends does no harm) {
  for (const auto& what :
       {json{}, json(1), json{{"processes", 1}}, json{{"processes", {1, {}}}},
        json{{"processes", {{{"name", 7}, {"startup", "x"}}}}}}) {
    startup_as_text(what);
    CAF_CHECK(startup_as_json(what)["critical_path"].is_array());
  }
  json circle{{"processes",
               {process("a", 0.0, 1.0, {"b"}), process("b", 0.0, 2.0, {"a"}),
                process("\x1b[2J", 0.0, 3.0, {"a"})}}};
  CAF_CHECK_EQUAL(startup_as_json(circle)["critical_path"].size(), 3u);
  auto text = startup_as_text(circle);
  CAF_CHECK(text.find('\x1b') == text.npos);
  CAF_CHECK_EQUAL(startup_as_text({}), "");
}

} // namespace startup_text_suite
