// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/containment.hpp"

#include <atomic>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridges/process/cgroup_containment.hpp"
#include "bridges/process/cookie_containment.hpp"
#include "bridges/system/process_start_time.hpp"

namespace rr {

enclosure::~enclosure() = default;

containment::~containment() = default;

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
make_containment(containment_kind kind, const std::string& identity,
                 std::string cookie_prefix, adopted_children& orphans) {
  if (kind != containment_kind::cookie) {
    auto groups = cgroup_containment::make(identity);
    if (groups || kind == containment_kind::control_group)
      return groups;
  }
  return cookie_containment::make(std::move(cookie_prefix), orphans);
}

} // namespace rr
