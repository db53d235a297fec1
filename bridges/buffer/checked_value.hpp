// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>

#include <boost/container/small_vector.hpp>

#include "bridges/buffer/buffer_layout.hpp"
#include "messages/device/device_value.hpp"

namespace rr {

/// A value that has been checked against its parameter, and clamped where it
/// was out of range: nothing is left but to write it. Only one that is too
/// large for the slots of a buffer is allocated.
struct checked_value {
  size_t index = 0;
  boost::container::small_vector<std::byte, layout::max_in_slot> bytes;
  value_fit fit = value_fit::exact;

  std::span<std::byte> span() noexcept {
    return {bytes.data(), bytes.size()};
  }

  std::span<const std::byte> span() const noexcept {
    return {bytes.data(), bytes.size()};
  }
};

} // namespace rr
