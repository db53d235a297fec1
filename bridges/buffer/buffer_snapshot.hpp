// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bridges/buffer/shared_buffer.hpp"

namespace rr {

/// A block's values as they were at one instant. Must not outlive its buffer.
class buffer_snapshot {
public:
  /// Of the block at that instant.
  uint64_t version() const noexcept {
    return version_;
  }

  /// When the block was last changed then; see `shared_buffer::last_change`.
  std::chrono::nanoseconds last_change() const noexcept;

  /// Whether the snapshot has the parameter.
  bool has(size_t index) const noexcept;

  /// @pre `has(index)`.
  std::span<const std::byte> bytes(size_t index) const noexcept;

  /// @pre `has(index)`.
  device_value value(size_t index) const;

  /// The block's version when the parameter was last written; 0 for never.
  uint64_t stamp(size_t index) const noexcept;

  /// Every parameter that it has, by name.
  device_value values() const;

  /// The same, but only what has been written since a version of the block:
  /// each of many readers remembers its own.
  device_value values_since(uint64_t version) const;

private:
  friend class shared_buffer;

  const shared_buffer* buffer_ = nullptr;
  buffer_block block_{};
  uint64_t version_ = 0;
  std::vector<uint64_t> slot_;
  /// By index: what lies in copies of its own.
  std::vector<std::vector<std::byte>> large_;
  std::vector<bool> has_;
};

} // namespace rr
