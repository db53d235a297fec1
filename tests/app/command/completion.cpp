// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE completion

#include "app/command/completion.hpp"

#include <algorithm>

#include "app/command/commands.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace completion_suite {
namespace {

using words = std::vector<std::string>;

const completion_source robot{[] {
                                return words{"drive", "battery"};
                              },
                              [] {
                                return words{"left-motor", "gamepad:0"};
                              }};

/// Of which no answer is to be asked.
const completion_source silent{[]() -> words { CAF_FAIL("asked"); },
                               []() -> words { CAF_FAIL("asked"); }};

bool has(const words& all, const std::string& word) {
  return std::ranges::find(all, word) != all.end();
}

} // namespace

CAF_TEST(the first word is any command) {
  auto all = complete({""}, silent);
  for (const auto& each : commands())
    CAF_CHECK(has(all, std::string{each.help.name}));
  CAF_CHECK_EQUAL(complete({"stat"}, silent), words{"status"});
  CAF_CHECK_EQUAL(complete({"--v"}, silent), words{"--version"});
  CAF_CHECK_EQUAL(complete({}, silent), words{});
}

CAF_TEST(an unknown command has no words) {
  CAF_CHECK_EQUAL(complete({"nothing", ""}, silent), words{});
}

CAF_TEST(options are those of the command and groups of the configuration) {
  auto all = complete({"status", "--"}, silent);
  CAF_CHECK(has(all, "--counters"));
  CAF_CHECK(has(all, "--format="));
  CAF_CHECK(has(all, "--log."));
  CAF_CHECK(!has(all, "--log.level="));
  CAF_CHECK(!has(all, "--reason="));
  CAF_CHECK_EQUAL(complete({"estop", "--rea"}, silent), words{"--reason="});
  CAF_CHECK_EQUAL(complete({"run", "--log.le"}, silent), words{"--log.level="});
}

CAF_TEST(the values of an option are completed) {
  CAF_CHECK_EQUAL(complete({"status", "--format="}, silent),
                  (words{"--format=pretty", "--format=json"}));
  CAF_CHECK_EQUAL(complete({"run", "--log.level=d"}, silent),
                  words{"--log.level=debug"});
  CAF_CHECK_EQUAL(complete({"run", "--device.shared="}, silent),
                  (words{"--device.shared=true", "--device.shared=false"}));
  CAF_CHECK_EQUAL(complete({"run", "--config-file=x"}, silent),
                  words{":files"});
  CAF_CHECK_EQUAL(complete({"run", "--device.catalog="}, silent),
                  words{":files"});
  // Nobody knows who a person is, or how long they will wait.
  CAF_CHECK_EQUAL(complete({"estop", "--by="}, silent), words{});
  CAF_CHECK_EQUAL(complete({"estop", "--timeout="}, silent), words{});
  CAF_CHECK_EQUAL(complete({"estop", "--nothing=", ""}, silent), words{});
}

CAF_TEST(processes are asked from the robot) {
  for (auto command : {"start", "stop", "restart"})
    CAF_CHECK_EQUAL(complete({command, ""}, robot),
                    (words{"drive", "battery"}));
  CAF_CHECK_EQUAL(complete({"restart", "--timeout=1s", "d"}, robot),
                  words{"drive"});
  CAF_CHECK_EQUAL(complete({"restart", "drive", ""}, silent), words{});
}

CAF_TEST(devices are asked from the robot behind what is done with them) {
  CAF_CHECK_EQUAL(complete({"buffers", ""}, silent),
                  (words{"list", "show", "set", "write"}));
  CAF_CHECK_EQUAL(complete({"buffers", "show", ""}, robot),
                  (words{"left-motor", "gamepad:0"}));
  CAF_CHECK_EQUAL(complete({"buffers", "write", "gamepad:"}, robot),
                  words{"gamepad:0"});
  CAF_CHECK_EQUAL(complete({"buffers", "list", ""}, silent), words{});
  CAF_CHECK_EQUAL(complete({"buffers", "set", "left-motor", ""}, silent),
                  words{});
}

CAF_TEST(topics and folders and shells are completed) {
  CAF_CHECK_EQUAL(complete({"help", "exit"}, silent), words{"exit-codes"});
  CAF_CHECK_EQUAL(complete({"help", "proc"}, silent), words{"process"});
  CAF_CHECK_EQUAL(complete({"init", "x"}, silent), words{":folders"});
  CAF_CHECK_EQUAL(complete({"completion", ""}, silent),
                  (words{"bash", "zsh", "words"}));
}

} // namespace completion_suite
