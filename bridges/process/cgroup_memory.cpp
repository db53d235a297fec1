// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/cgroup_memory.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error write_file(const std::string& path, const std::string& text) {
  file_descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file
      || ::write(file.get(), text.data(), text.size())
           != static_cast<ssize_t>(text.size()))
    return system_error("cannot write " + text + " to " + path, errno);
  return caf::none;
}

bool lists(const std::string& path, std::string_view word) {
  std::ifstream file{path};
  for (std::string each; file >> each;)
    if (each == word)
      return true;
  return false;
}

/// Moves this process out of a group that has no other.
bool move_aside(const std::string& own) {
  std::ifstream members{own + "/cgroup.procs"};
  for (pid_t each = 0; members >> each;)
    if (each != ::getpid())
      return false;
  auto aside = own + "/robot-runtime";
  if (::mkdir(aside.c_str(), 0755) != 0 && errno != EEXIST)
    return false;
  return !write_file(aside + "/cgroup.procs", std::to_string(::getpid()));
}

} // namespace

caf::error pass_on_controller(const std::string& own, const std::string& below,
                              std::string_view controller) {
  if (!lists(own + "/cgroup.controllers", controller))
    return caf::make_error(ec::system_error, "no controller "
                                               + std::string{controller}
                                               + " in " + own);
  auto order = '+' + std::string{controller};
  auto passes_on = own + "/cgroup.subtree_control";
  if (!lists(passes_on, controller))
    if (auto failed = write_file(passes_on, order)) {
      if (!move_aside(own))
        return failed;
      if (auto again = write_file(passes_on, order))
        return again;
    }
  return write_file(below + "/cgroup.subtree_control", order);
}

caf::error bound_group_memory(const std::string& group, uint64_t bytes) {
  // Without swap in the kernel there is no such file.
  if (::access((group + "/memory.swap.max").c_str(), F_OK) == 0)
    if (auto failed = write_file(group + "/memory.swap.max", "0"))
      return failed;
  if (auto failed = write_file(group + "/memory.oom.group", "1"))
    return failed;
  return write_file(group + "/memory.max", std::to_string(bytes));
}

bool group_memory_reached(const std::string& group) noexcept {
  std::ifstream file{group + "/memory.events"};
  std::string what;
  for (uint64_t count = 0; file >> what >> count;)
    if ((what == "oom_kill" || what == "oom_group_kill") && count > 0)
      return true;
  return false;
}

} // namespace rr
