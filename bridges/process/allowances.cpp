// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/allowances.hpp"

#include <algorithm>
#include <fstream>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridges/process/process_surroundings.hpp"

namespace rr {

namespace {

/// One bit each, of those that the launcher will have. A program that is
/// executed gets what is in its file, unless it is root's; the launcher has
/// nothing there.
uint64_t passed_on() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::geteuid() == 0 && ::syscall(SYS_capget, &header, data) == 0)
    return static_cast<uint64_t>(data[1].effective) << 32 | data[0].effective;
  uint64_t result = 0;
  for (unsigned i = 0; i <= CAP_LAST_CAP; ++i)
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
      result |= uint64_t{1} << i;
  return result;
}

unsigned bit_of(capability what) noexcept {
  switch (what) {
    case capability::set_group:
      return CAP_SETGID;
    case capability::set_user:
      return CAP_SETUID;
    case capability::administer:
      return CAP_SYS_ADMIN;
    case capability::nice:
      return CAP_SYS_NICE;
    case capability::resource:
      return CAP_SYS_RESOURCE;
  }
  return 63;
}

} // namespace

bool may(capability what) noexcept {
  return (passed_on() >> bit_of(what) & 1) != 0;
}

bool has_capabilities() noexcept {
  return passed_on() != 0;
}

int32_t lowest_nice() noexcept {
  if (may(capability::nice))
    return -20;
  auto own = static_cast<int32_t>(::getpriority(PRIO_PROCESS, 0));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NICE, &limit) != 0)
    return own;
  auto allowed = 20
                 - static_cast<int32_t>(std::min<rlim_t>(limit.rlim_cur, 40));
  return std::min(own, allowed);
}

uint64_t most_open_files() noexcept {
  if (may(capability::resource)) {
    uint64_t most = 0;
    std::ifstream file{"/proc/sys/fs/nr_open"};
    if (file >> most)
      return most;
  }
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max
                                                 : RLIM_INFINITY;
}

std::vector<int32_t> own_processors() {
  auto result = inherited().processors;
  if (!result.empty())
    return result;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) == 0)
    for (int32_t i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(static_cast<size_t>(i), &set))
        result.push_back(i);
  return result;
}

} // namespace rr
