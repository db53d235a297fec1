// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// Names one device in the world: `device_id << 72 | year << 64 | random`, 88
/// bits. A device of a type without a `device_id` is numbered instead; its
/// number stands in `random`, the other parts are 0.
struct device_uid {
  /// Which type of the catalog it is.
  uint16_t device_id = 0;
  uint8_t year = 0;
  uint64_t random = 0;

  /// Those of the 88 bits that are above `random`.
  uint32_t upper() const noexcept {
    return uint32_t{device_id} << 8 | year;
  }
  /// Compares as the 88-bit numbers do.
  friend auto operator<=>(const device_uid&, const device_uid&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, device_uid& x) {
  return f(caf::meta::type_name("device_uid"), x.device_id, x.year, x.random);
}

/// The number in decimal digits, without leading zeros.
/// @relates device_uid
std::string to_string(const device_uid& x);

/// `0x` and the number in lower-case hexadecimal digits, without leading zeros.
/// @relates device_uid
std::string to_hex(const device_uid& x);

/// Takes decimal digits, or `0x` and hexadecimal ones, of any case.
/// @returns `ec::malformed` for anything else, and for 2^88 and above; the text
///          begins with the text given: `12x is no device UID`.
/// @relates device_uid
caf::expected<device_uid> parse_device_uid(std::string_view text);

/// Names one buffer: the type of the catalog, and the UID or number.
struct device_key {
  std::string type;
  device_uid uid;
  friend auto operator<=>(const device_key&, const device_key&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, device_key& x) {
  return f(caf::meta::type_name("device_key"), x.type, x.uid);
}

/// Several of them, in ascending order.
struct device_keys {
  std::vector<device_key> keys;
  friend bool operator==(const device_keys&, const device_keys&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, device_keys& x) {
  return f(caf::meta::type_name("device_keys"), x.keys);
}

} // namespace rr

template <>
struct std::hash<rr::device_uid> {
  size_t operator()(const rr::device_uid& x) const noexcept {
    return std::hash<uint64_t>{}(x.random ^ (uint64_t{x.upper()} << 40));
  }
};
