// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/cgroup_containment.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "bridges/process/cgroup_memory.hpp"
#include "bridges/process/control_group.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "bridges/system/process_stat.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr auto directory_prefix = std::string_view{"robot-runtime-"};

/// Where the hierarchy of version 2 is mounted and which part of it is seen.
std::pair<std::string, std::string> find_mount() {
  std::ifstream file{"/proc/self/mountinfo"};
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos)
      continue;
    std::istringstream fields{line};
    std::string skipped, root, point;
    fields >> skipped >> skipped >> skipped >> root >> point;
    return {point, root == "/" ? "" : root};
  }
  return {};
}

/// The directory of this process's own group, empty if there is none.
std::string find_own_group() {
  auto [point, root] = find_mount();
  std::ifstream file{"/proc/self/cgroup"};
  for (std::string line; !point.empty() && std::getline(file, line);) {
    if (!line.starts_with("0::"))
      continue;
    auto path = line.substr(3);
    if (path.starts_with("/..") || !path.starts_with(root))
      return {};
    path.erase(0, root.size());
    return path == "/" ? point : point + path;
  }
  return {};
}

/// Whether a group was made by a runtime that this process would see if it
/// lived, and does not.
bool is_left_over(const std::string& name) {
  if (!name.starts_with(directory_prefix))
    return false;
  unsigned long long space = 0, started = 0;
  int pid = 0;
  if (std::sscanf(name.c_str() + directory_prefix.size(), "%llu-%d-%llu",
                  &space, &pid, &started)
        != 3
      || space != process_namespace())
    return false;
  return process_start_time(pid) != std::optional<uint64_t>{started};
}

void remove_left_over(const std::string& own) {
  for (auto& name : list_directory(own))
    if (is_left_over(name))
      end_group(own + '/' + name);
}

class cgroup_enclosure final : public enclosure {
public:
  cgroup_enclosure(cgroup_worker& worker, std::string directory, bool memory)
    : worker_(worker),
      directory_(std::move(directory)),
      memory_(memory) {
  }

  ~cgroup_enclosure() override {
    events_.reset();
    worker_.remove(std::move(directory_));
  }

  std::vector<std::string> launcher_words() const override {
    return {"entrance=" + directory_ + "/cgroup.procs"};
  }

  caf::expected<bool> bound_memory(uint64_t bytes) override {
    if (!memory_)
      return false;
    if (auto failed = bound_group_memory(directory_, bytes))
      return failed;
    return true;
  }

  bool reached_memory() const noexcept override {
    return memory_ && group_memory_reached(directory_);
  }

  void kill() noexcept override {
    worker_.kill(directory_);
  }

  bool empty() noexcept override {
    // Not before: with many children each descriptor makes a start slower.
    if (!events_)
      events_ = open_group_events(directory_);
    if (events_ ? !is_populated(events_.get()) : errno == ENOENT)
      return true;
    // Each time: it has no effect while no descriptor is left.
    kill();
    return false;
  }

  int changed() const noexcept override {
    return events_.get();
  }

  uint32_t events() const noexcept override {
    return EPOLLPRI;
  }

private:
  cgroup_worker& worker_;
  std::string directory_;
  /// Once somebody has asked whether the group is empty.
  file_descriptor events_;
  bool memory_;
};

} // namespace

caf::expected<std::unique_ptr<containment>>
cgroup_containment::make(const std::string& identity,
                         const std::string& cookie_prefix, bool memory) {
  auto own = find_own_group();
  if (own.empty())
    return caf::make_error(ec::system_error,
                           "no control groups of version 2 here");
  // A process that moves needs the right to write to the group above both.
  if (::access((own + "/cgroup.procs").c_str(), W_OK) != 0)
    return system_error("cannot write to " + own + "/cgroup.procs", errno);
  remove_left_over(own);
  auto made = make_below(own, identity);
  if (!made)
    return made.error();
  if (auto failed = (*made)->start_worker())
    return failed;
  (*made)->cookie_prefix_ = cookie_prefix;
  (*made)->memory_ = memory
                     && !pass_on_controller(own, (*made)->directory_, "memory");
  return std::unique_ptr<containment>{std::move(*made)};
}

bool cgroup_containment::probe() {
  auto own = find_own_group();
  return !own.empty() && ::access((own + "/cgroup.procs").c_str(), W_OK) == 0
         && make_below(own, make_identity());
}

caf::expected<std::unique_ptr<cgroup_containment>>
cgroup_containment::make_below(const std::string& own,
                               const std::string& identity) {
  auto directory = own + '/' + std::string{directory_prefix} + identity;
  if (::mkdir(directory.c_str(), 0755) != 0)
    return system_error("cannot create " + directory, errno);
  auto result = std::make_unique<cgroup_containment>(directory);
  std::string type;
  std::ifstream{directory + "/cgroup.type"} >> type;
  if (type != "domain")
    return caf::make_error(ec::system_error,
                           "cannot move processes to " + directory);
  if (::access((directory + "/cgroup.kill").c_str(), W_OK) != 0)
    return system_error("cannot write to " + directory + "/cgroup.kill", errno);
  return result;
}

cgroup_containment::cgroup_containment(std::string directory)
  : directory_(std::move(directory)) {
}

cgroup_containment::~cgroup_containment() {
  worker_.reset();
  end_group(directory_);
}

caf::error cgroup_containment::start_worker() {
  worker_.emplace();
  return worker_->start();
}

bool cgroup_containment::prepare(uint64_t id, std::function<void()> ready) {
  worker_->make(id, directory_of(id), std::move(ready));
  return false;
}

void cgroup_containment::forget(uint64_t id) {
  if (!worker_->take(id))
    worker_->remove(directory_of(id));
}

caf::expected<std::unique_ptr<enclosure>>
cgroup_containment::enclose(uint64_t id, const std::string&) {
  if (auto failed = worker_->take(id))
    return failed;
  return std::make_unique<cgroup_enclosure>(*worker_, directory_of(id),
                                            memory_);
}

void cgroup_containment::kill_all() noexcept {
  worker_->kill(directory_);
}

std::vector<heartbeat_witness> cgroup_containment::witnesses() const {
  return {worker_->witness()};
}

std::string cgroup_containment::directory_of(uint64_t id) const {
  return directory_ + '/' + std::to_string(id);
}

std::vector<std::string> cgroup_containment::keeper_arguments() const {
  return {"keep-group", directory_, cookie_prefix_};
}

} // namespace rr
