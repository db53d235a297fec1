// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "messages/device/device_value.hpp"
#include "messages/device/scalar_access.hpp"
#include "messages/device/value_type.hpp"

namespace rr {

struct parameter;

/// Clamps scalars in place, in one pass.
/// @param bytes whole scalars, at any alignment.
/// @returns none for NaN.
template <class T>
std::optional<value_fit>
clamp_each(std::span<std::byte> bytes, T lower, T upper) noexcept {
  auto result = value_fit::exact;
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    auto value = load_scalar<T>(&bytes[i]);
    if (value >= lower && value <= upper) [[likely]]
      continue;
    if constexpr (std::is_floating_point_v<T>)
      if (std::isnan(value))
        return std::nullopt;
    store_scalar(&bytes[i], std::clamp(value, lower, upper));
    result = value_fit::clamped;
  }
  return result;
}

/// The limits of a parameter as numbers of its own type, made once for many
/// values: what a write checks.
class value_limits {
public:
  /// @param param as a catalog has it.
  explicit value_limits(const parameter& param);

  /// The bytes of the two limits, as one scalar each.
  uint64_t lower() const noexcept {
    return lower_;
  }

  uint64_t upper() const noexcept {
    return upper_;
  }

  /// Whether a value is one scalar that `apply` would leave as it is, which
  /// most are.
  /// @param bytes at any alignment.
  bool hold(std::span<const std::byte> bytes) const noexcept {
    return with_type(scalar_, [&]<class T>(std::type_identity<T>) {
      if (bytes.size() != sizeof(T))
        return false;
      if constexpr (has_limits<T>) {
        auto value = load_scalar<T>(bytes.data());
        return value >= load_scalar<T>(as_bytes(lower_))
               && value <= load_scalar<T>(as_bytes(upper_));
      }
      return !std::is_same_v<T, bool> || bytes.front() <= std::byte{1};
    });
  }

  /// Clamps a value in place, and makes every byte of a `bool` 0 or 1.
  /// @param bytes whole scalars, at any alignment.
  /// @returns none for NaN.
  std::optional<value_fit> apply(std::span<std::byte> bytes) const noexcept {
    using result = std::optional<value_fit>;
    return with_type(scalar_, [&]<class T>(std::type_identity<T>) -> result {
      if constexpr (has_limits<T>)
        return clamp_each(bytes, load_scalar<T>(as_bytes(lower_)),
                          load_scalar<T>(as_bytes(upper_)));
      if constexpr (std::is_same_v<T, bool>)
        for (auto& each : bytes)
          each = std::byte{each != std::byte{0}};
      return value_fit::exact;
    });
  }

private:
  template <class T>
  static inline constexpr bool has_limits
    = !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

  static const std::byte* as_bytes(const uint64_t& limit) noexcept {
    return reinterpret_cast<const std::byte*>(&limit);
  }

  scalar_type scalar_;
  uint64_t lower_ = 0;
  uint64_t upper_ = 0;
};

} // namespace rr
