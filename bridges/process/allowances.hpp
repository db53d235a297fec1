// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

namespace rr {

/// What the kernel may let a process do beyond its user's rights.
enum class capability : uint8_t {
  set_group,
  set_user,
  /// To make namespaces.
  administer,
  /// To take a larger share of the processor.
  nice,
  /// To raise hard limits.
  resource,
};

/// Whether a launcher that this process starts may.
bool may(capability what) noexcept;

/// Whether such a launcher, and the child that it becomes, has any capability.
bool has_capabilities() noexcept;

/// The lowest nice value that a child may be given, -20 to 19.
int32_t lowest_nice() noexcept;

/// How many open files a child may be given at most.
uint64_t most_open_files() noexcept;

/// The processors that this process may run on, in their order: of one that has
/// chosen some of them since its start, all.
std::vector<int32_t> own_processors();

} // namespace rr
