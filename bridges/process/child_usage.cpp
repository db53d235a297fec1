// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/child_usage.hpp"

#include <unistd.h>

#include "bridges/system/process_stat.hpp"

namespace rr {

std::optional<child_usage> read_child_usage(int32_t pid) {
  auto stat = process_stat::read(pid);
  return stat ? child_usage_of(*stat,
                               static_cast<uint64_t>(::sysconf(_SC_CLK_TCK)),
                               static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)))
              : std::nullopt;
}

std::optional<child_usage> child_usage_of(const process_stat& stat,
                                          uint64_t ticks, uint64_t page_bytes) {
  if (stat.state() == 'Z' || stat.state() == 'X' || ticks == 0)
    return std::nullopt;
  constexpr int user_time = 14;
  constexpr int resident = 24;
  uint64_t used = 0;
  for (auto number = user_time; number < user_time + 4; ++number) {
    auto value = stat.number(number);
    if (!value)
      return std::nullopt;
    used += *value;
  }
  auto pages = stat.number(resident);
  if (!pages)
    return std::nullopt;
  return child_usage{std::chrono::milliseconds{used * 1000 / ticks},
                     *pages * page_bytes / 1024};
}

} // namespace rr
