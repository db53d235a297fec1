// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/cookie_containment.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bridges/process/spawn.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Whether a process's environment has an entry that matches.
template <class Predicate>
bool is_marked(pid_t pid, Predicate matches) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/environ"};
  for (std::string entry; std::getline(file, entry, '\0');)
    if (matches(entry))
      return true;
  return false;
}

class cookie_enclosure final : public enclosure {
public:
  cookie_enclosure(std::string cookie, adopted_children& orphans,
                   const std::unordered_set<pid_t>& all_killed)
    : cookie_(std::move(cookie)),
      orphans_(orphans),
      all_killed_(all_killed) {
  }

  void kill() noexcept override {
    found_.reset();
    std::vector<pid_t> dying;
    for (auto pid : orphans_.living()) {
      // Who dies loses the environment first.
      auto killed = std::find(killed_.begin(), killed_.end(), pid);
      if (killed == killed_.end() && !all_killed_.contains(pid)
          && !is_marked(pid, [this](auto& entry) { return entry == cookie_; }))
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
  adopted_children& orphans_;
  const std::unordered_set<pid_t>& all_killed_;
  /// Those that have not been reaped yet, so that their numbers are theirs.
  std::vector<pid_t> killed_;
  /// One of them.
  file_descriptor found_;
};

} // namespace

caf::expected<std::unique_ptr<containment>>
cookie_containment::make(std::string prefix, adopted_children& orphans) {
  auto children = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  if (::access(children.c_str(), R_OK) != 0)
    return system_error("cannot read " + children, errno);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return system_error("cannot become the reaper of orphans", errno);
  auto result = std::make_unique<cookie_containment>(std::move(prefix),
                                                     orphans);
  return std::unique_ptr<containment>{std::move(result)};
}

cookie_containment::cookie_containment(std::string prefix,
                                       adopted_children& orphans)
  : prefix_(std::move(prefix)),
    orphans_(orphans) {
}

cookie_containment::~cookie_containment() {
  // Here also those go that have thrown their cookie away.
  for (int i = 0; i < 100; ++i) {
    auto left = orphans_.living();
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
  return std::make_unique<cookie_enclosure>(cookie, orphans_, killed_);
}

void cookie_containment::kill_all() noexcept {
  auto is_ours = [this](const std::string& entry) {
    return entry.starts_with(prefix_);
  };
  for (auto pid : orphans_.living())
    if (is_marked(pid, is_ours)) {
      ::kill(pid, SIGKILL);
      killed_.insert(pid);
    }
}

std::vector<std::string> cookie_containment::keeper_arguments() const {
  return {"keep-cookie", prefix_};
}

} // namespace rr
