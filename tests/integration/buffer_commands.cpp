// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE buffer_commands

#include "tests/integration/device_memory_fixture.hpp"

#include "bridges/buffer/buffer_snapshot.hpp"

using namespace rr;
using namespace rr::test;

namespace buffer_commands_suite {

CAF_TEST_FIXTURE_SCOPE(buffer_commands_tests, device_memory_fixture)

CAF_TEST(buffers are listed and shown and changed without a runtime) {
  CAF_CHECK_EQUAL(result_of({"buffers", "list", "--format=json"}),
                  program::json::array());
  auto motor = make_motor();
  CAF_CHECK_EQUAL(result_of({"buffers", "list", "--format=json"}),
                  program::json::array({{{"type", "motor"},
                                         {"uid", uid},
                                         {"valid", true},
                                         {"connected", false}}}));
  CAF_CHECK_EQUAL(tool({"buffers", "set", "left", "speed", "2.5"}).exit_code,
                  0);
  CAF_CHECK_EQUAL(tool({"buffers", "set", uid, "label", "ahead"}).exit_code, 0);
  CAF_CHECK_EQUAL(
    tool({"buffers", "write", to_hex(left), "power", "-0.5"}).exit_code, 0);
  CAF_CHECK_EQUAL(read(motor->get("speed")), 2.5);
  auto shown = result_of({"buffers", "show", "motor:" + uid, "--format=json"});
  CAF_CHECK_EQUAL(shown["type"], "motor");
  CAF_CHECK_EQUAL(shown["uid"], uid);
  CAF_CHECK_EQUAL(shown["valid"], true);
  CAF_CHECK_EQUAL(shown["connected"], false);
  CAF_CHECK(shown["last_update"].is_number());
  CAF_CHECK_EQUAL(shown["params"]["speed"], 2.5);
  CAF_CHECK_EQUAL(shown["params"]["label"], "ahead");
  // No runtime, so the robot is disabled.
  CAF_CHECK_EQUAL(shown["requested"],
                  (program::json{{"power", 0.25}, {"pulse", nullptr}}));
  auto pretty = tool({"buffers", "show", "left"});
  CAF_CHECK(contains(pretty.output, "motor " + uid + ", valid, changed "));
  CAF_CHECK(contains(pretty.output, "  speed = 2.5\n"));
  CAF_CHECK(contains(pretty.output, "  power <- 0.25\n"));
}

CAF_TEST(a buffer that is marked invalid is shown all the same) {
  auto motor = make_motor();
  CAF_CHECK(motor->set("speed", 1.5));
  motor->set_valid(false);
  auto shown = result_of({"buffers", "show", "left", "--format=json"});
  CAF_CHECK_EQUAL(shown["valid"], false);
  CAF_CHECK_EQUAL(shown["params"]["speed"], 1.5);
  CAF_CHECK(
    contains(failure_of({"buffers", "set", "left", "speed", "1"}), "speed"));
}

CAF_TEST(what goes wrong with a buffer is one line) {
  CAF_CHECK(contains(failure_of({"buffers", "show", "left"}),
                     "no buffer of left is there under the prefix " + prefix));
  CAF_CHECK(contains(failure_of({"buffers", "show", "gamepad:0"}),
                     prefix + "-gamepad-0"));
  CAF_CHECK(contains(failure_of({"buffers", "show", "right"}),
                     "right is no device: expected"));
  auto motor = make_motor();
  auto fault = [this](std::string verb, std::string name, std::string value) {
    return failure_of({"buffers", verb, "left", name, value});
  };
  CAF_CHECK(contains(fault("set", "torque", "1"), "torque"));
  CAF_CHECK(contains(fault("write", "speed", "1"), "speed"));
  CAF_CHECK(contains(fault("set", "speed", "fast"),
                     "speed: expected a number, got \"fast\""));
  CAF_CHECK(contains(fault("set", "speed", "NaN"), "speed"));
  CAF_CHECK(contains(fault("set", "label", "\"much too long\""), "label"));
  CAF_CHECK_EQUAL(read(motor->get("speed")), 0.0);
}

CAF_TEST(a number out of range is clamped and warned of) {
  auto motor = make_motor();
  auto done = tool({"buffers", "write", "left", "power", "7"});
  CAF_CHECK_EQUAL(done.exit_code, 0);
  CAF_CHECK_EQUAL(done.errors,
                  "warning: power: 7 is out of range and was clamped\n");
  auto requests = motor->snapshot(buffer_block::write);
  CAF_REQUIRE(requests);
  auto values = requests->values();
  CAF_CHECK_EQUAL(values["power"], 1.0);
}

CAF_TEST(a request of the command line holds until it is replaced) {
  auto motor = make_motor();
  // Commands take their time.
  auto robot = robot_state::own(prefix, robot_state::max_patience);
  CAF_REQUIRE(robot);
  (*robot)->enable();
  auto write = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"buffers", "write", "left", "power"});
    CAF_CHECK_EQUAL(tool(words).exit_code, 0);
  };
  auto power = [&] { return read(motor->requested("power", **robot)); };
  write({"-0.5"});
  CAF_CHECK_EQUAL(power(), -0.5);
  auto shown = result_of({"buffers", "show", "left", "--format=json"});
  CAF_CHECK_EQUAL(shown["requested"]["power"], -0.5);
  write({"0.5", "--for=1h"});
  CAF_CHECK_EQUAL(power(), 0.5);
  write({"0.75", "--for=50ms"});
  for (int i = 0; i < 5000 && power() != 0.25; ++i)
    ::usleep(1000);
  CAF_CHECK_EQUAL(power(), 0.25);
  write({"-0.5"});
  (*robot)->disable("smoke");
  CAF_CHECK_EQUAL(power(), 0.25);
}

CAF_TEST(bad usage of buffers is exit code 2) {
  using words = std::vector<std::string>;
  for (const auto& each :
       {words{"buffers"}, words{"buffers", "look"}, words{"buffers", "show"},
        words{"buffers", "list", "left"}, words{"buffers", "set", "left", "a"},
        words{"buffers", "list", "--format=xml"},
        words{"buffers", "show", "left", "--for=1s"},
        words{"buffers", "set", "left", "speed", "1", "--for=1s"},
        words{"buffers", "write", "left", "power", "1", "--for=0s"},
        words{"buffers", "write", "left", "power", "1", "--for=soon"}})
    CAF_CHECK_EQUAL(tool(each).exit_code, 2);
  auto help = tool({"buffers", "--help"});
  CAF_CHECK_EQUAL(help.exit_code, 0);
  CAF_CHECK(contains(help.output, "TYPE:NUMBER"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace buffer_commands_suite
