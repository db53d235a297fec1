// SPDX-License-Identifier: BSD-3-Clause

// Pages somebody whenever a program of the robot reports an error: runs the
// program given, with the event's text as its last argument.
//
//   log_watcher -- /usr/bin/wall --timeout 5

#include <csignal>
#include <spawn.h>
#include <sys/wait.h>

#include "app/peer/peer.hpp"

namespace {

/// Runs on a worker's thread, which may wait.
void page(std::vector<std::string> command, const std::string& text) {
  command.push_back(text);
  std::vector<char*> words;
  for (auto& word : command)
    words.push_back(word.data());
  words.push_back(nullptr);
  // It is to be ended by signals that this program waits for.
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&how, &none);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  if (posix_spawnp(&pid, words[0], nullptr, &how, words.data(), environ) == 0)
    waitpid(pid, nullptr, 0);
  posix_spawnattr_destroy(&how);
}

} // namespace

int main(int argc, char** argv) {
  return rr::run_peer(argc, argv, [](rr::peer& self) -> caf::error {
    auto command = self.arguments();
    if (command.size() < 2 || command[0] != "--")
      return caf::make_error(rr::ec::bad_configuration,
                             std::string{"expected -- PROGRAM [ARGUMENT...]"});
    command.erase(command.begin());
    auto hear = [command](rr::log_level, const rr::json& event) {
      page(command, event.value("app", "robot") + ": "
                      + event.value("event", "an error"));
    };
    self.subscribe_log(rr::log_level::error, hear, self.worker());
    return {};
  });
}
