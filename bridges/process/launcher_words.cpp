// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/launcher_words.hpp"

#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>

#include "bridges/process/allowances.hpp"
#include "bridges/process/process_surroundings.hpp"

namespace rr {

namespace {

template <class T>
std::string joined(const std::vector<T>& numbers) {
  std::string result;
  for (auto x : numbers)
    result += (result.empty() ? "" : ",") + std::to_string(x);
  return result;
}

/// `RESOURCE:SOFT:HARD` each, in the order of their being set: what this
/// process has inherited overrides what it has made of it since.
std::string limits_for(std::optional<uint64_t> descriptor_limit) {
  std::vector<resource_limit> limits;
  if (descriptor_limit)
    limits.push_back({RLIMIT_NOFILE, *descriptor_limit, RLIM_INFINITY});
  const auto& before = inherited().limits;
  limits.insert(limits.end(), before.begin(), before.end());
  std::string result;
  for (const auto& x : limits)
    result += (result.empty() ? "" : ",") + std::to_string(x.resource) + ':'
              + std::to_string(x.soft) + ':' + std::to_string(x.hard);
  return result;
}

std::string umask_for_children() {
  auto mask = inherited().umask;
  if (!mask)
    return {};
  char text[8];
  std::snprintf(text, sizeof(text), "%o", static_cast<unsigned>(*mask));
  return text;
}

/// Nothing for a child that is whom this process is anyway: the kernel would
/// refuse an ordinary user even that.
void add_identity(const limit_settings& limits,
                  std::vector<std::string>& words) {
  if (!limits.uid && !limits.gid)
    return;
  auto same_user = !limits.uid || *limits.uid == ::geteuid();
  auto same_group = !limits.gid || *limits.gid == ::getegid();
  if (same_user && same_group && !may(capability::set_group))
    return;
  if (limits.uid)
    words.push_back("groups=" + joined(limits.groups));
  if (limits.gid)
    words.push_back("group=" + std::to_string(*limits.gid));
  if (limits.uid)
    words.push_back("user=" + std::to_string(*limits.uid));
}

} // namespace

std::vector<std::string>
launcher_words(const process_settings& settings,
               std::optional<uint64_t> descriptor_limit, bool bound_memory) {
  const auto& limits = settings.limits;
  std::vector<std::string> result{"parent=" + std::to_string(::getpid())};
  auto add = [&result](const char* key, const std::string& value) {
    if (!value.empty())
      result.push_back(key + value);
  };
  add("directory=", settings.directory);
  add("limits=",
      limits_for(limits.open_files == 0 ? descriptor_limit : std::nullopt));
  add("umask=", umask_for_children());
  add("inherited-cpus=", joined(inherited().processors));
  if (bound_memory)
    add("memory=", std::to_string(limits.memory_max));
  if (limits.open_files != 0)
    add("open-files=", std::to_string(limits.open_files));
  if (limits.nice != 0)
    add("nice=", std::to_string(limits.nice));
  add("cpus=", joined(limits.cpu_affinity));
  add_identity(limits, result);
  if (limits.no_new_privileges)
    result.emplace_back("no-new-privileges=1");
  return result;
}

} // namespace rr
