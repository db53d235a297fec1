// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/become_program.hpp"

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/process/allowances.hpp"
#include "bridges/process/launch_failure.hpp"
#include "bridges/process/watched_child.hpp"

namespace rr {

namespace {

bool set_limit(__rlimit_resource_t resource, uint64_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0)
    return false;
  // One that is stricter already stays.
  limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(most, limit.rlim_max);
  return ::setrlimit(resource, &limit) == 0;
}

bool set_processors(const std::vector<int32_t>& wanted) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (auto cpu : wanted)
    CPU_SET(static_cast<size_t>(cpu), &set);
  return ::sched_setaffinity(0, sizeof(set), &set) == 0;
}

/// Becomes the user and the group, unless this process is them anyway.
/// @returns the step that has failed; 0 for none.
int become_user(const limit_settings& limits) {
  auto same_user = !limits.uid || *limits.uid == ::geteuid();
  auto same_group = !limits.gid || *limits.gid == ::getegid();
  if (same_user && same_group && !may(capability::set_group))
    return 0;
  std::vector<gid_t> groups{limits.groups.begin(), limits.groups.end()};
  if (limits.uid && ::setgroups(groups.size(), groups.data()) != 0)
    return rr_step_groups;
  if (limits.gid && ::setresgid(*limits.gid, *limits.gid, *limits.gid) != 0)
    return rr_step_gid;
  if (limits.uid && ::setresuid(*limits.uid, *limits.uid, *limits.uid) != 0)
    return rr_step_uid;
  return 0;
}

/// In the launcher's order: what takes privileges goes before they do.
/// @returns the step that has failed; 0 for none.
int set_up(const process_settings& settings) {
  const auto& limits = settings.limits;
  if (limits.open_files != 0 && !set_limit(RLIMIT_NOFILE, limits.open_files))
    return rr_step_open_files;
  if (limits.nice != 0 && ::setpriority(PRIO_PROCESS, 0, limits.nice) != 0)
    return rr_step_nice;
  if (!limits.cpu_affinity.empty() && !set_processors(limits.cpu_affinity))
    return rr_step_cpus;
  if (auto failed = become_user(limits))
    return failed;
  if (limits.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return rr_step_privileges;
  if (limits.memory_max != 0 && !set_limit(RLIMIT_AS, limits.memory_max))
    return rr_step_memory;
  if (!settings.directory.empty() && ::chdir(settings.directory.c_str()) != 0)
    return rr_step_directory;
  return 0;
}

std::vector<char*> words_for_kernel(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& each : texts)
    result.push_back(const_cast<char*>(each.c_str()));
  result.push_back(nullptr);
  return result;
}

/// Returns only when nothing could be executed, with the cause in `errno`.
void execute(const process_settings& settings, std::string_view search_path) {
  auto words = words_for_kernel(settings.command);
  auto environment = words_for_kernel(settings.environment.get());
  const auto& program = settings.command[0];
  if (program.find('/') != program.npos) {
    ::execve(program.c_str(), words.data(), environment.data());
    return;
  }
  auto refused = false;
  for (size_t i = 0; !program.empty() && i <= search_path.size();) {
    auto end = std::min(search_path.find(':', i), search_path.size());
    std::string folder{search_path.substr(i, end - i)};
    i = end + 1;
    ::execve((folder.empty() ? program : folder + '/' + program).c_str(),
             words.data(), environment.data());
    refused = refused || errno == EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
      return;
  }
  errno = refused ? EACCES : ENOENT;
}

} // namespace

caf::error become_program(const process_settings& settings) {
  auto search_path = search_path_of(settings.environment);
  auto failed = set_up(settings);
  if (failed == 0) {
    execute(settings, search_path);
    failed = rr_step_execute;
  }
  auto cause = errno;
  watched_child child;
  child.name = settings.name;
  child.program = settings.command[0];
  child.directory = settings.directory;
  child.limits = settings.limits;
  child.search_path = search_path;
  return launch_error(child, {failed, cause});
}

} // namespace rr
