// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/config/options.hpp"
#include "bridges/process/runtime_scheduling.hpp"

namespace rr {

/// What `[scheduling]` says.
inline scheduling_settings scheduling_of(const options& opts) {
  return {
    .real_time_priority = opts.get<int>("scheduling.real-time-priority"),
    .processors = opts.get<std::vector<int32_t>>("scheduling.cpu-affinity"),
    .lock_memory = opts.get<bool>("scheduling.lock-memory"),
  };
}

} // namespace rr
