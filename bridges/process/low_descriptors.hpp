// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include <caf/expected.hpp>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// In the place of a descriptor: `/dev/null`, which the new process opens
/// itself unless there is one to hand over.
inline constexpr int null_device = -2;

/// Low numbers for what a new process is given. The kernel then need not copy,
/// and close again, the hundreds of descriptors that a runtime with as many
/// children has above them. Taken once, early, and only where there may be
/// hundreds: a small limit has none to spare. One thread's at a time.
class low_descriptors {
public:
  /// More than these a new process is never given.
  static constexpr size_t most = 5;

  /// Above what they become in the new process.
  static constexpr int first = 10;

  /// @returns none of them where the limit is small; an `ec::system_error` when
  ///          descriptors are exhausted, or `/dev/null` cannot be opened.
  static caf::expected<low_descriptors> make();

  /// Gives each that is one a low number, and `/dev/null` its own; nothing
  /// where there are none.
  /// @param wanted at most `most`; what is below zero stays.
  /// @returns an `ec::system_error` when the kernel refuses.
  caf::error put(std::vector<int>& wanted);

  /// Closes what they stand for.
  void release() noexcept;

  /// The first number above all that a new process is given; 0 where that may
  /// be any.
  unsigned end() const noexcept;

private:
  low_descriptors() = default;

  /// `/dev/null`, which the others stand for meanwhile; none without them.
  file_descriptor null_;
  /// None, or `most`.
  std::vector<file_descriptor> numbers_;
};

} // namespace rr
