// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/adopted_children.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sys/wait.h>

#include "bridges/process/containment.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Of whichever thread.
std::vector<pid_t> list_children() {
  std::vector<pid_t> result;
  const std::string tasks = "/proc/self/task/";
  for (auto& task : list_directory(tasks)) {
    std::ifstream file{tasks + task + "/children"};
    for (pid_t pid = 0; file >> pid;)
      result.push_back(pid);
  }
  return result;
}

} // namespace

caf::error block_child_signal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  if (auto e = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); e != 0)
    return system_error("cannot block SIGCHLD", e);
  return caf::none;
}

adopted_children::adopted_children(std::function<bool(pid_t)> known,
                                   bool reap_inherited)
  : known_(std::move(known)),
    reap_inherited_(reap_inherited) {
  for (auto pid : list_children())
    inherited_.insert(pid);
}

void adopted_children::reap() {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0
        || info.si_pid == 0)
      return;
    auto pid = info.si_pid;
    // The first of those that have ended is not for here: the others have to be
    // looked for.
    if (known_(pid) || (!reap_inherited_ && inherited_.contains(pid))) {
      living();
      return;
    }
    visit(pid);
  }
}

std::vector<pid_t> adopted_children::living() {
  std::vector<pid_t> result;
  for (auto pid : list_children())
    if (visit(pid))
      result.push_back(pid);
  return result;
}

bool adopted_children::visit(pid_t child) {
  if (known_(child))
    return false;
  auto inherited = inherited_.contains(child);
  if (inherited && !reap_inherited_)
    return false;
  // Nobody else reaps it, so the number stays its own until then.
  siginfo_t info{};
  auto alive
    = ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG) == 0
      && info.si_pid == 0;
  if (!alive)
    inherited_.erase(child);
  return alive && !inherited;
}

} // namespace rr
