// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/program.hpp"
#include "tests/support/commands_fixture.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

inline const std::string peer = "\"/usr/bin/python3\", \"" RR_SOURCE_DIR
                                "/tests/integration/log_peer.py\"";

/// Says a line every 50 ms on each stream.
inline const std::string chatter
  = "[process.chatter]\ncommand = [\"/bin/sh\", \"-c\", \"while :; do "
    "echo tick; echo tock >&2; sleep 0.05; done\"]\n";

struct logs_fixture : commands_fixture {
  logs_fixture() {
    configuration = chatter;
    options = {"--router.frontend=ipc://RUNTIME/rpc.sock",
               "--log.frontend=ipc://RUNTIME/log-frontend.sock"};
  }

  std::unique_ptr<program> logs(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"logs", "--format=json"});
    return run(std::move(words));
  }

  std::unique_ptr<program> start_robot() {
    auto robot = run({"run"});
    CAF_REQUIRE(!robot->wait_for_event("tick").is_null());
    return robot;
  }

  static void stop(program& robot) {
    robot.signal(SIGTERM);
    CAF_CHECK_EQUAL(robot.wait(), 0);
  }
};

} // namespace rr::test
