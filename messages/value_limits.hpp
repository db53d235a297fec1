// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "messages/device_value.hpp"
#include "messages/value_type.hpp"

namespace rr {

struct parameter;

/// The limits of a parameter as numbers of its own type, made once for many
/// values: what a write checks.
class value_limits {
public:
  /// @param param as a catalog has it.
  explicit value_limits(const parameter& param);

  /// Clamps a value in place, and makes every byte of a `bool` 0 or 1.
  /// @param bytes whole scalars, at any alignment.
  /// @returns none for NaN.
  std::optional<value_fit> apply(std::span<std::byte> bytes) const noexcept;

private:
  scalar_type scalar_;
  /// The bytes of one scalar.
  uint64_t lower_ = 0;
  uint64_t upper_ = 0;
};

} // namespace rr
