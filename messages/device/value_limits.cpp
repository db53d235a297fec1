// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/value_limits.hpp"

#include <limits>

#include "messages/device/catalog.hpp"

namespace rr {

namespace {

template <class T>
uint64_t bits_of(const std::optional<device_value>& limit, T otherwise) {
  uint64_t result = 0;
  auto value = limit ? limit->get<T>() : otherwise;
  std::memcpy(&result, &value, sizeof(value));
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

} // namespace rr
