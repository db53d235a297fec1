// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/process_family.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "bridges/process/child_watcher.hpp"
#include "bridges/process/containment.hpp"
#include "bridges/system/process_stat.hpp"

namespace rr {

namespace {

/// Deeper trees than this are nobody's by intention.
constexpr int most_ancestors = 64;

/// Bytes of an environment that are looked through.
constexpr size_t max_environment = 262'144;

std::string in_proc(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + '/' + file;
}

struct relations {
  pid_t parent = 0;
  pid_t group = 0;
};

std::optional<relations> relations_of(pid_t pid) {
  constexpr auto parent = 4, group = 5;
  auto stat = process_stat::read(pid);
  if (!stat)
    return std::nullopt;
  return relations{static_cast<pid_t>(stat->number(parent).value_or(0)),
                   static_cast<pid_t>(stat->number(group).value_or(0))};
}

/// Empty where there is none.
std::string control_group_of(pid_t pid) {
  std::ifstream file{in_proc(pid, "cgroup")};
  std::string result;
  // No iterator: that throws where the process has ended since it was opened.
  std::getline(file, result, '\0');
  return result;
}

/// Empty where it cannot be seen.
std::string process_namespace_of(pid_t pid) {
  char target[64];
  auto length = ::readlink(in_proc(pid, "ns/pid").c_str(), target,
                           sizeof(target));
  return {target, static_cast<size_t>(std::max<ssize_t>(length, 0))};
}

/// The number by which a process knows itself, if it is another than ours.
std::optional<pid_t> own_number_of(pid_t pid) {
  std::ifstream file{in_proc(pid, "status")};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("NSpid:"))
      continue;
    std::istringstream numbers{line.substr(6)};
    std::optional<pid_t> result;
    auto count = 0;
    for (pid_t each = 0; numbers >> each; ++count)
      result = each;
    return count > 1 ? result : std::nullopt;
  }
  return std::nullopt;
}

/// Empty where there is none, or it cannot be seen.
std::string cookie_of(pid_t pid) {
  std::ifstream file{in_proc(pid, "environ")};
  size_t seen = 0;
  for (std::string entry;
       seen < max_environment && std::getline(file, entry, '\0');
       seen += entry.size() + 1)
    if (is_process_cookie(entry))
      return entry;
  return {};
}

bool same(const std::string& one, const std::string& other) {
  return !one.empty() && one == other;
}

} // namespace

kinship kinship_of(pid_t process, pid_t child) {
  if (process == child)
    return kinship::own;
  if (process <= 0)
    return kinship::foreign;
  auto next = relations_of(process);
  if (!next)
    return kinship::gone;
  if (next->group == child)
    return kinship::own;
  for (auto i = 0; i < most_ancestors && next && next->parent > 1; ++i) {
    if (next->parent == child)
      return kinship::own;
    next = relations_of(next->parent);
  }
  auto group = control_group_of(process);
  if (same(group, control_group_of(child))
      && group != control_group_of(::getpid()))
    return kinship::own;
  auto space = process_namespace_of(process);
  if (same(space, process_namespace_of(child))
      && space != process_namespace_of(::getpid()))
    return kinship::own;
  if (same(cookie_of(process), cookie_of(child)))
    return kinship::own;
  // It may have ended while it was looked at.
  return relations_of(process) ? kinship::foreign : kinship::gone;
}

pid_t seen_from_here(pid_t number, pid_t child) {
  auto own = own_number_of(child);
  auto space = process_namespace_of(child);
  if (!own || space.empty() || space == process_namespace_of(::getpid()))
    return number;
  if (*own == number)
    return child;
  for (auto& name : list_directory("/proc")) {
    auto pid = static_cast<pid_t>(std::atoi(name.c_str()));
    if (pid > 0 && same(process_namespace_of(pid), space)
        && own_number_of(pid) == number)
      return pid;
  }
  return 0;
}

bool may_speak_for(uid_t user, pid_t child) {
  if (user == 0 || user == ::geteuid())
    return true;
  struct stat info {};
  return ::stat(("/proc/" + std::to_string(child)).c_str(), &info) == 0
         && info.st_uid == user;
}

} // namespace rr
