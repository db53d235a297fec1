// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/device/device_uid.hpp"
#include "messages/device/device_value.hpp"
#include "messages/device/value_type.hpp"

namespace rr {

/// One value of a device.
struct parameter {
  /// Unique within the type; below `device_type::max_parameters`.
  uint16_t id = 0;
  /// `[a-z][a-z0-9_-]*`, at most `catalog::max_name` bytes.
  std::string name;
  value_type type;
  /// The least and greatest number that is written, of every element; scalars,
  /// none for `bool` and `char`. Those of a `float` are `float`s, too.
  std::optional<device_value> lower;
  std::optional<device_value> upper;
  /// Whether its current value may be read.
  bool readable = true;
  /// Whether another value may be requested.
  bool writeable = false;
  /// Whether the device sends it without being asked.
  bool subscribed = true;
  /// What is requested while the robot is disabled: a value within the limits;
  /// for an array one of the whole, or a scalar that every element takes.
  std::optional<device_value> safe;
  /// A request that is not renewed for so long has ended; above zero.
  std::optional<std::chrono::nanoseconds> expires;
  friend bool operator==(const parameter&, const parameter&) = default;
};

/// One kind of device.
struct device_type {
  /// A Smart Device has no more.
  static inline constexpr size_t max_smart_parameters = 16;
  /// Any other device has no more.
  static inline constexpr size_t max_parameters = 1024;

  /// `[a-z][a-z0-9_-]*`, at most `catalog::max_name` bytes.
  std::string name;
  /// A Smart Device has it, which is named by a UID; none for what is named by
  /// a number.
  std::optional<uint16_t> device_id;
  /// Between two of the device's own reports, above zero.
  std::chrono::nanoseconds sub_interval = std::chrono::milliseconds{40};
  /// Between two writes to the device, above zero.
  std::chrono::nanoseconds write_interval = std::chrono::milliseconds{40};
  /// Between two heartbeats, above zero.
  std::chrono::nanoseconds heartbeat_interval = std::chrono::seconds{1};
  /// In ascending order of their ids, which may leave gaps.
  std::vector<parameter> parameters;

  /// The parameter of that name, or null.
  const parameter* find(std::string_view name) const noexcept;
  /// Whether a device of this type can have the UID or number.
  bool fits(const device_uid& uid) const noexcept {
    return device_id ? uid.device_id == *device_id : uid.upper() == 0;
  }

  friend bool operator==(const device_type&, const device_type&) = default;
};

/// A number that is the same for equal types on every machine, and another one
/// for others: whoever attaches to a buffer compares it.
/// @relates device_type
uint64_t fingerprint(const device_type& x);

/// Every kind of device that a robot can have. A value: what it was read from
/// is not its matter, and it is not changed once it is made.
class catalog {
public:
  /// The name of a type or a parameter has no more bytes.
  static inline constexpr size_t max_name = 64;

  catalog() = default;
  /// @pre no two types share a name or a `device_id`.
  explicit catalog(std::vector<device_type> types);

  /// In alphabetical order.
  const std::vector<device_type>& types() const noexcept {
    return types_;
  }
  /// The type of that name, or null.
  const device_type* find(std::string_view name) const noexcept;
  /// The Smart Device of that `device_id`, or null.
  const device_type* find(uint16_t device_id) const noexcept;
  friend bool operator==(const catalog&, const catalog&) = default;

private:
  std::vector<device_type> types_;
};

/// Whether it is `[a-z][a-z0-9_-]*` of at most `catalog::max_name` bytes.
bool is_catalog_name(std::string_view text) noexcept;

} // namespace rr
