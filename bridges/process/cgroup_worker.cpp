// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/cgroup_worker.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/stat.h>

#include "bridges/process/control_group.hpp"
#include "messages/error.hpp"

namespace rr {

cgroup_worker::~cgroup_worker() {
  thread_.stop();
}

caf::error cgroup_worker::start() {
  return thread_.start("rr-groups", "cannot make control groups",
                       [this] { run(); });
}

void cgroup_worker::make(uint64_t id, std::string directory,
                         std::function<void()> made) {
  add([this, id, directory = std::move(directory), made = std::move(made)] {
    auto failed = ::mkdir(directory.c_str(), 0755) != 0;
    auto outcome = failed ? system_error("cannot create " + directory, errno)
                          : caf::error{};
    {
      std::lock_guard guard{mutex_};
      made_.emplace(id, std::move(outcome));
    }
    made();
  });
}

caf::error cgroup_worker::take(uint64_t id) {
  std::lock_guard guard{mutex_};
  auto found = made_.extract(id);
  if (!found)
    return caf::make_error(ec::system_error, "no control group has been made");
  return std::move(found.mapped());
}

void cgroup_worker::kill(std::string directory) noexcept {
  {
    std::lock_guard guard{mutex_};
    kills_.push_back(std::move(directory));
  }
  thread_.wake();
}

void cgroup_worker::remove(std::string directory) noexcept {
  add([directory = std::move(directory)] { remove_groups(directory); });
}

void cgroup_worker::add(std::function<void()> job) {
  {
    std::lock_guard guard{mutex_};
    jobs_.push_back(std::move(job));
  }
  thread_.wake();
}

void cgroup_worker::run() {
  auto woken = pollfd{thread_.descriptor(), POLLIN, 0};
  for (auto last = false; !last;) {
    ::poll(&woken, 1, -1);
    // Before a look at what it may have been woken for.
    thread_.clear();
    // What was told before the end is done.
    last = thread_.stopping();
    while (do_next())
      thread_.answer();
    thread_.answer();
  }
}

bool cgroup_worker::do_next() {
  std::vector<std::string> kills;
  std::function<void()> job;
  {
    std::lock_guard guard{mutex_};
    kills.swap(kills_);
    if (kills.empty() && !jobs_.empty()) {
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
  }
  for (auto& directory : kills)
    kill_group(directory);
  if (job)
    job();
  return job || !kills.empty();
}

} // namespace rr
