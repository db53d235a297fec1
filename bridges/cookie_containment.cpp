// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/cookie_containment.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridges/file_descriptor.hpp"
#include "bridges/spawn.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using predicate = std::function<bool(pid_t)>;

/// Whether a process's environment has an entry.
bool is_marked(pid_t pid, const std::string& text) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/environ"};
  for (std::string entry; std::getline(file, entry, '\0');)
    if (entry == text)
      return true;
  return false;
}

/// The children of this process that nobody knows: adopted orphans. The dead
/// ones among them are reaped here.
std::vector<pid_t> adopted(const predicate& known) {
  std::vector<pid_t> result;
  const std::string tasks = "/proc/self/task/";
  for (auto& task : list_directory(tasks)) {
    std::ifstream file{tasks + task + "/children"};
    for (pid_t pid = 0; file >> pid;) {
      if (known(pid))
        continue;
      // Nobody else reaps it, so the number stays its own until then.
      auto id = static_cast<id_t>(pid);
      siginfo_t info{};
      if (::waitid(P_PID, id, &info, WEXITED | WNOHANG) == 0 && !info.si_pid)
        result.push_back(pid);
    }
  }
  return result;
}

class cookie_enclosure final : public enclosure {
public:
  cookie_enclosure(std::string cookie, const predicate& known)
    : cookie_(std::move(cookie)),
      known_(known) {
  }

  const std::string& entrance() const noexcept override {
    static const std::string none;
    return none;
  }

  void kill() noexcept override {
    found_.reset();
    std::vector<pid_t> dying;
    for (auto pid : adopted(known_)) {
      // Who dies loses the environment first.
      auto killed = std::find(killed_.begin(), killed_.end(), pid);
      if (killed == killed_.end() && !is_marked(pid, cookie_))
        continue;
      dying.push_back(pid);
      // Only this thread reaps it, so the number is still its own.
      ::kill(pid, SIGKILL);
      if (!found_)
        if (auto process = open_process(pid))
          found_ = std::move(*process);
    }
    killed_ = std::move(dying);
  }

  bool empty() noexcept override {
    kill();
    return !found_;
  }

  int changed() const noexcept override {
    return found_.get();
  }

  uint32_t events() const noexcept override {
    return EPOLLIN;
  }

private:
  std::string cookie_;
  const predicate& known_;
  /// Those that have not been reaped yet, so that their numbers are theirs.
  std::vector<pid_t> killed_;
  /// One of them.
  file_descriptor found_;
};

} // namespace

caf::expected<std::unique_ptr<containment>>
cookie_containment::make(std::string prefix, std::function<bool(pid_t)> known) {
  auto children = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  if (::access(children.c_str(), R_OK) != 0)
    return system_error("cannot read " + children, errno);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return system_error("cannot become the reaper of orphans", errno);
  // What was there before is somebody else's.
  auto others = adopted([](pid_t) { return false; });
  auto not_mine = [known = std::move(known), others](pid_t pid) {
    return known(pid)
           || std::find(others.begin(), others.end(), pid) != others.end();
  };
  auto result = std::make_unique<cookie_containment>(std::move(prefix),
                                                     std::move(not_mine));
  return std::unique_ptr<containment>{std::move(result)};
}

cookie_containment::cookie_containment(std::string prefix,
                                       std::function<bool(pid_t)> known)
  : prefix_(std::move(prefix)),
    known_(std::move(known)) {
}

cookie_containment::~cookie_containment() {
  // Here also those go that have thrown their cookie away.
  for (int i = 0; i < 100; ++i) {
    auto left = adopted(known_);
    if (left.empty())
      break;
    for (auto pid : left)
      ::kill(pid, SIGKILL);
    if (auto process = open_process(left.front())) {
      auto end = pollfd{process->get(), POLLIN, 0};
      ::poll(&end, 1, 20);
    }
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

caf::expected<std::unique_ptr<enclosure>>
cookie_containment::enclose(uint64_t, const std::string& cookie) {
  return std::make_unique<cookie_enclosure>(cookie, known_);
}

std::vector<std::string> cookie_containment::keeper_arguments() const {
  return {"keep-cookie", prefix_};
}

} // namespace rr
