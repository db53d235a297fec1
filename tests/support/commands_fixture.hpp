// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <csignal>
#include <cstring>
#include <memory>

#include "tests/integration/program.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/test/dsl.hpp>

namespace rr::test {

inline bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

struct commands_fixture {
  temporary_folder folder;
  std::string configuration
    = "[router]\nfrontend = [\"ipc://RUNTIME/rpc.sock\"]\n"
      "[log]\nfrontend = [\"ipc://RUNTIME/log-frontend.sock\"]\n"
      "[process.camera]\ncommand = [\"/bin/sh\", \"-c\", \"echo ready; exec "
      "sleep 1000\"]\n";

  /// Of every command.
  std::vector<std::string> options;

  std::vector<std::string> arguments(std::vector<std::string> words) {
    auto base = folder.path().string();
    words.push_back("--config-file="
                    + folder.write("robot.ini", configuration));
    words.push_back("--application.runtime-directory=" + base + "/run");
    words.push_back("--application.state-directory=" + base + "/state");
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  std::unique_ptr<program> run(std::vector<std::string> words) {
    return std::make_unique<program>(arguments(std::move(words)));
  }

  /// By a shell that says where its output goes.
  std::unique_ptr<program> run_to(std::vector<std::string> words,
                                  const std::string& redirection) {
    std::string line = "exec '" + std::string{RR_PROGRAM} + "'";
    for (const auto& word : arguments(std::move(words)))
      line += " '" + word + "'";
    return std::make_unique<program>(
      std::vector<std::string>{"-c", line + ' ' + redirection},
      std::vector<std::string>{}, "/bin/sh");
  }

  std::unique_ptr<program> start_robot() {
    auto robot = run({"run"});
    CAF_REQUIRE(!robot->wait_for_event("ready").is_null());
    return robot;
  }

  void stop(program& robot) {
    robot.signal(SIGTERM);
    robot.signal(SIGTERM);
    robot.wait();
  }
};

} // namespace rr::test
