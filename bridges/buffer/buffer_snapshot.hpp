// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bridges/buffer/value_block.hpp"

namespace rr {

/// A block's values as they were at one instant. Must not outlive its buffer.
class buffer_snapshot {
public:
  /// The block's version at that instant.
  uint64_t version() const noexcept {
    return version_;
  }

  /// When the block was last changed then; see `shared_buffer::last_change`.
  std::chrono::nanoseconds last_change() const noexcept;

  /// Whether the snapshot has the parameter.
  bool has(size_t index) const noexcept {
    return has_[index];
  }

  /// @pre `has(index)`.
  std::span<const std::byte> bytes(size_t index) const noexcept;

  /// @pre `has(index)`.
  device_value value(size_t index) const;

  /// The block's version when the parameter was last written; 0 for never.
  uint64_t stamp(size_t index) const noexcept;

  /// Every parameter that it has, by name.
  device_value values() const {
    return values_from(0);
  }

  /// Every parameter that has been written since a version of the block: each
  /// of many readers remembers its own.
  device_value values_since(uint64_t version) const {
    return values_from(version + 1);
  }

private:
  friend class shared_buffer;

  buffer_snapshot(const device_type& type, const value_block& block)
    : type_(&type),
      block_(&block) {
  }

  /// @returns whether writers let it be whole.
  bool take(std::span<const size_t> indices);

  device_value values_from(uint64_t version) const;

  const device_type* type_;
  const value_block* block_;
  uint64_t version_ = 0;
  std::vector<uint64_t> slot_;
  /// What lies in copies of its own, by index.
  std::vector<std::vector<std::byte>> large_;
  std::vector<bool> has_;
};

} // namespace rr
