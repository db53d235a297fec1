// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/control_group.hpp"

#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "bridges/process/containment.hpp"

namespace rr {

void kill_group(const std::string& directory) noexcept {
  auto path = directory + "/cgroup.kill";
  auto file = file_descriptor{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file) [[maybe_unused]]
    auto written = ::write(file.get(), "1", 1);
}

file_descriptor open_group_events(const std::string& directory) {
  auto path = directory + "/cgroup.events";
  return file_descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
}

bool is_populated(int events) noexcept {
  char text[128] = {};
  if (::pread(events, text, sizeof(text) - 1, 0) <= 0)
    return false;
  return std::strstr(text, "populated 1") != nullptr;
}

void remove_groups(const std::string& directory) noexcept {
  if (::rmdir(directory.c_str()) == 0)
    return;
  // Files cannot be removed from a group; that they are tried hurts nobody.
  for (auto& name : list_directory(directory))
    if (!name.starts_with("cgroup."))
      remove_groups(directory + '/' + name);
  ::rmdir(directory.c_str());
}

void end_group(const std::string& directory) noexcept {
  auto events = open_group_events(directory);
  for (int i = 0; i < 20 && events && is_populated(events.get()); ++i) {
    kill_group(directory);
    auto change = pollfd{events.get(), POLLPRI, 0};
    if (is_populated(events.get()))
      ::poll(&change, 1, 100);
  }
  remove_groups(directory);
}

} // namespace rr
