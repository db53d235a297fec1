// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "messages/device/value_type.hpp"

namespace rr {

/// Calls `f` with a `std::type_identity` of the C++ type.
template <class F>
auto with_type(scalar_type type, F f) {
  switch (type) {
    case scalar_type::boolean:
      return f(std::type_identity<bool>{});
    case scalar_type::int8:
      return f(std::type_identity<int8_t>{});
    case scalar_type::int16:
      return f(std::type_identity<int16_t>{});
    case scalar_type::int32:
      return f(std::type_identity<int32_t>{});
    case scalar_type::int64:
      return f(std::type_identity<int64_t>{});
    case scalar_type::uint8:
      return f(std::type_identity<uint8_t>{});
    case scalar_type::uint16:
      return f(std::type_identity<uint16_t>{});
    case scalar_type::uint32:
      return f(std::type_identity<uint32_t>{});
    case scalar_type::uint64:
      return f(std::type_identity<uint64_t>{});
    case scalar_type::float32:
      return f(std::type_identity<float>{});
    case scalar_type::float64:
      return f(std::type_identity<double>{});
    case scalar_type::character:
      break;
  }
  return f(std::type_identity<char>{});
}

/// A scalar of its bytes, at any alignment.
template <class T>
T load_scalar(const std::byte* at) noexcept {
  T result;
  std::memcpy(&result, at, sizeof(T));
  return result;
}

/// Writes the bytes of a scalar, at any alignment.
template <class T>
void store_scalar(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof(T));
}

} // namespace rr
