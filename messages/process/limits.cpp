// SPDX-License-Identifier: BSD-3-Clause
#include "messages/process/limits.hpp"

namespace rr {

limit_status limit_status_of(const limit_settings& limits,
                             const std::string& memory_by) {
  return {.memory_max = limits.memory_max,
          .memory_by = limits.memory_max == 0 ? std::string{} : memory_by,
          .open_files = limits.open_files,
          .nice = limits.nice,
          .cpu_affinity = limits.cpu_affinity,
          .user = limits.user,
          .group = limits.group};
}

} // namespace rr
