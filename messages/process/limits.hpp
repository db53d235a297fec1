// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

namespace rr {

/// What a child may have of the machine, and as whom it runs.
struct limit_settings {
  /// Bytes; 0 for no limit.
  uint64_t memory_max = 0;
  /// Descriptors; 0 for no limit of its own.
  uint64_t open_files = 0;
  int32_t nice = 0;
  /// The processors that it may run on; empty for all.
  std::vector<int32_t> cpu_affinity = {};
  /// By name or number; empty for the runtime's.
  std::string user = {};
  /// By name or number; empty for the user's.
  std::string group = {};
  /// What `user` and `group` are to the kernel; none where both are empty.
  std::optional<uint32_t> uid = {};
  std::optional<uint32_t> gid = {};
  /// The user's supplementary groups.
  std::vector<uint32_t> groups = {};
  bool no_new_privileges = true;
  friend bool operator==(const limit_settings&, const limit_settings&)
    = default;
};

/// What `status` tells of the limits of a process: those that are set.
struct limit_status {
  /// Bytes; 0 for no limit, and so on as in `limit_settings`.
  uint64_t memory_max = 0;
  /// `control group`: of all that the child starts together; or
  /// `address space`: of each process by itself.
  std::string memory_by = {};
  uint64_t open_files = 0;
  int32_t nice = 0;
  std::vector<int32_t> cpu_affinity = {};
  std::string user = {};
  std::string group = {};
  friend bool operator==(const limit_status&, const limit_status&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, limit_status& x) {
  return f(caf::meta::type_name("limit_status"), x.memory_max, x.memory_by,
           x.open_files, x.nice, x.cpu_affinity, x.user, x.group);
}

/// @param memory_by what bounds memory.
limit_status limit_status_of(const limit_settings& limits,
                             const std::string& memory_by);

} // namespace rr
