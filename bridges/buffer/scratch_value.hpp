// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "bridges/buffer/buffer_layout.hpp"

namespace rr {

/// A copy of a value, to be clamped before it is written. Only what is too
/// large for the slots of a buffer is allocated.
class scratch_value {
public:
  explicit scratch_value(std::span<const std::byte> value)
    : size_(value.size()) {
    // Most values are a number.
    if (size_ == 4)
      std::memcpy(small_.data(), value.data(), 4);
    else if (size_ == 8)
      std::memcpy(small_.data(), value.data(), 8);
    else if (size_ <= small_.size())
      std::memcpy(small_.data(), value.data(), size_);
    else
      large_.assign(value.begin(), value.end());
  }

  scratch_value(const scratch_value&) = delete;
  scratch_value& operator=(const scratch_value&) = delete;

  std::span<std::byte> bytes() noexcept {
    return {size_ <= small_.size() ? small_.data() : large_.data(), size_};
  }

private:
  size_t size_;
  std::array<std::byte, layout::max_in_slot> small_;
  std::vector<std::byte> large_;
};

} // namespace rr
