// SPDX-License-Identifier: BSD-3-Clause
#include "messages/value_limits.hpp"

#include <algorithm>
#include <limits>

#include "messages/catalog.hpp"
#include "messages/scalar_access.hpp"

namespace rr {

namespace {

template <class T>
constexpr bool has_limits
  = !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

template <class T>
uint64_t bits_of(const std::optional<device_value>& limit, T otherwise) {
  uint64_t result = 0;
  auto value = limit ? limit->get<T>() : otherwise;
  std::memcpy(&result, &value, sizeof(value));
  return result;
}

template <class T>
T number_of(uint64_t bits) noexcept {
  T result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

/// One pass over the elements. NaN is what equals nothing.
template <class T>
std::optional<value_fit>
clamp_each(std::span<std::byte> bytes, T lower, T upper) noexcept {
  auto result = value_fit::exact;
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    auto value = load_scalar<T>(&bytes[i]);
    if (value != value)
      return std::nullopt;
    auto clamped = std::clamp(value, lower, upper);
    if (clamped == value)
      continue;
    store_scalar(&bytes[i], clamped);
    result = value_fit::clamped;
  }
  return result;
}

} // namespace

value_limits::value_limits(const parameter& param)
  : scalar_(param.type.scalar) {
  with_type(scalar_, [&]<class T>(std::type_identity<T>) {
    if constexpr (has_limits<T>) {
      lower_ = bits_of(param.lower, std::numeric_limits<T>::lowest());
      upper_ = bits_of(param.upper, std::numeric_limits<T>::max());
    }
  });
}

std::optional<value_fit>
value_limits::apply(std::span<std::byte> bytes) const noexcept {
  using result = std::optional<value_fit>;
  return with_type(scalar_, [&]<class T>(std::type_identity<T>) -> result {
    if constexpr (has_limits<T>)
      return clamp_each(bytes, number_of<T>(lower_), number_of<T>(upper_));
    if constexpr (std::is_same_v<T, bool>)
      for (auto& each : bytes)
        each = std::byte{each != std::byte{0}};
    return value_fit::exact;
  });
}

} // namespace rr
