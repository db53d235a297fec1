// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/process_limits.hpp"

#include <algorithm>
#include <charconv>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <unistd.h>

#include "bridges/process/allowances.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// A user or group that is given as a number. The highest one means none.
std::optional<uint32_t> number_in(const std::string& text) {
  uint32_t result = 0;
  auto end = text.data() + text.size();
  auto [stop, failed] = std::from_chars(text.data(), end, result);
  if (failed != std::errc{} || stop != end || result == UINT32_MAX)
    return std::nullopt;
  return result;
}

/// An entry of the user database.
struct account {
  std::string name;
  std::string home = "/";
  std::string shell = "/bin/sh";
  uint32_t uid = 0;
  std::optional<uint32_t> gid = {};
  std::vector<uint32_t> groups = {};
};

std::vector<uint32_t> groups_of(const char* name, gid_t gid) {
  std::vector<gid_t> groups(64);
  auto count = static_cast<int>(groups.size());
  while (::getgrouplist(name, gid, groups.data(), &count) < 0
         && groups.size() < 65'536) {
    groups.resize(std::max(groups.size() * 2, static_cast<size_t>(count)));
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<size_t>(std::max(count, 0)));
  return {groups.begin(), groups.end()};
}

/// By name, or by number, also where nobody has it.
std::optional<account> find_account(const std::string& text) {
  auto number = number_in(text);
  auto entry = ::getpwnam(text.c_str());
  if (!entry && number)
    entry = ::getpwuid(*number);
  if (entry)
    return account{entry->pw_name,  entry->pw_dir,
                   entry->pw_shell, entry->pw_uid,
                   entry->pw_gid,   groups_of(entry->pw_name, entry->pw_gid)};
  if (!number)
    return std::nullopt;
  return account{.name = text, .uid = *number};
}

std::optional<uint32_t> find_group(const std::string& text) {
  if (auto entry = ::getgrnam(text.c_str()))
    return entry->gr_gid;
  return number_in(text);
}

/// Tells of the limits of one section.
class limit_check {
public:
  limit_check(const process_section& section, limit_settings& limits,
              problem_list& problems)
    : section_(section),
      limits_(limits),
      problems_(problems) {
  }

  void resolve_user(environment_map& variables) {
    if (limits_.user.empty())
      return;
    auto found = find_account(limits_.user);
    if (!found)
      return error("user", quoted(limits_.user)
                             + " is unknown, expected the name or the number "
                               "of a user");
    if (!found->gid && limits_.group.empty())
      return error("user", quoted(limits_.user)
                             + " is in no user database, expected a group "
                               "beside it");
    limits_.uid = found->uid;
    limits_.gid = found->gid;
    limits_.groups = std::move(found->groups);
    variables["USER"] = variables["LOGNAME"] = found->name;
    variables["HOME"] = found->home;
    variables["SHELL"] = found->shell;
    auto privileged = may(capability::set_user) && may(capability::set_group);
    if (found->uid != ::geteuid() && !privileged)
      forbid("user", quoted(limits_.user)
                       + " is another user, whom only root can make a child, "
                         "expected \"\" or the user who runs the robot");
  }

  void resolve_group() {
    if (limits_.group.empty())
      return;
    limits_.gid = find_group(limits_.group);
    if (!limits_.gid)
      error("group", quoted(limits_.group)
                       + " is unknown, expected the name or the number of a "
                         "group");
    else if (*limits_.gid != ::getegid() && !may(capability::set_group))
      forbid("group", quoted(limits_.group)
                        + " is another group, which only root can give a "
                          "child, expected \"\" or that of the user who runs "
                          "the robot");
  }

  void check_nice() {
    auto lowest = lowest_nice();
    if (limits_.nice != 0 && limits_.nice < lowest)
      forbid("nice", std::to_string(limits_.nice)
                       + " is lower than this user may set it, expected "
                       + std::to_string(lowest) + " or more");
  }

  void check_open_files() {
    auto most = most_open_files();
    if (limits_.open_files > most)
      forbid("open-files",
             std::to_string(limits_.open_files)
               + " is more than the system lets this user have, expected at "
                 "most "
               + std::to_string(most));
  }

  void check_processors() {
    if (auto fault = processors_fault(limits_.cpu_affinity); !fault.empty())
      forbid("cpu-affinity", fault);
  }

private:
  static std::string quoted(const std::string& text) {
    return '"' + visible_text(text) + '"';
  }

  void error(std::string_view key, const std::string& text) {
    problems_.error(section_.place_of(key), "process." + section_.name, key,
                    text);
  }

  /// Somebody else might.
  void forbid(std::string_view key, const std::string& text) {
    problems_.forbidden(section_.place_of(key), "process." + section_.name, key,
                        text);
  }

  const process_section& section_;
  limit_settings& limits_;
  problem_list& problems_;
};

} // namespace

std::string processors_fault(const std::vector<int32_t>& wanted) {
  auto own = own_processors();
  for (auto cpu : wanted)
    if (!std::ranges::binary_search(own, cpu)) {
      auto result = std::to_string(cpu)
                    + " is no processor that the robot may run on, expected "
                      "some of ";
      for (auto x : own)
        result += (x == own[0] ? "" : ", ") + std::to_string(x);
      return result;
    }
  return {};
}

void resolve_limits(const process_section& section, limit_settings& limits,
                    environment_map& variables, problem_list& problems) {
  limit_check check{section, limits, problems};
  check.resolve_user(variables);
  check.resolve_group();
  check.check_nice();
  check.check_open_files();
  check.check_processors();
}

} // namespace rr
