// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/containment.hpp"

#include <atomic>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridges/process/cgroup_containment.hpp"
#include "bridges/process/cookie_containment.hpp"
#include "bridges/process/namespace_containment.hpp"
#include "bridges/process/spawn.hpp"
#include "bridges/system/process_stat.hpp"

namespace rr {

enclosure::~enclosure() = default;

std::vector<std::string> enclosure::launcher_words() const {
  return {};
}

int enclosure::tether() const noexcept {
  return -1;
}

caf::error enclosure::admit(pid_t) {
  return caf::none;
}

caf::expected<bool> enclosure::bound_memory(uint64_t) {
  return false;
}

bool enclosure::reached_memory() const noexcept {
  return false;
}

containment::~containment() = default;

bool containment::prepare(uint64_t, std::function<void()>) {
  return true;
}

void containment::forget(uint64_t) {
  // Nothing has been.
}

bool containment::bounds_memory() const noexcept {
  return false;
}

std::vector<heartbeat_witness> containment::witnesses() const {
  return {};
}

const char* to_string(containment_kind kind) noexcept {
  switch (kind) {
    case containment_kind::automatic:
      return "automatic";
    case containment_kind::control_group:
      return "control group";
    case containment_kind::process_namespace:
      return "process namespace";
    case containment_kind::cookie:
      return "environment cookie (a daemon that discards its environment "
             "outlives a killed runtime)";
  }
  return "unknown";
}

uint64_t process_namespace() {
  struct stat info {};
  return ::stat("/proc/self/ns/pid", &info) == 0 ? info.st_ino : 0;
}

std::string make_identity() {
  static std::atomic<unsigned> counter{0};
  auto pid = ::getpid();
  return std::to_string(process_namespace()) + '-' + std::to_string(pid) + '-'
         + std::to_string(process_start_time(pid).value_or(0)) + '-'
         + std::to_string(++counter);
}

std::vector<std::string> list_directory(const std::string& path) noexcept {
  std::vector<std::string> result;
  std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(path.c_str()),
                                                ::closedir};
  while (auto entry = directory ? ::readdir(directory.get()) : nullptr) {
    std::string name = entry->d_name;
    if (name != "." && name != "..")
      result.push_back(std::move(name));
  }
  return result;
}

caf::expected<std::unique_ptr<containment>>
make_containment(const containment_settings& settings,
                 adopted_children& orphans) {
  auto kind = settings.kind;
  auto automatic = kind == containment_kind::automatic;
  if (automatic || kind == containment_kind::control_group) {
    auto groups = cgroup_containment::make(
      settings.identity, settings.cookie_prefix, settings.memory);
    if (groups || !automatic)
      return groups;
  }
  if (automatic || kind == containment_kind::process_namespace) {
    auto namespaces = namespace_containment::make(settings.launcher);
    if (namespaces || !automatic)
      return namespaces;
  }
  return cookie_containment::make(settings.cookie_prefix, orphans);
}

containment_kind probe_containment(const std::string& launcher) {
  if (cgroup_containment::probe())
    return containment_kind::control_group;
  auto found = find_launcher(launcher);
  if (found && namespace_containment::make(*found))
    return containment_kind::process_namespace;
  return containment_kind::cookie;
}

} // namespace rr
