// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/cbor/cbor_form.hpp"
#include "messages/fwd.hpp"
#include "messages/json.hpp"

namespace rr {

/// Values of one device.
struct device_values {
  /// In decimal.
  std::string uid;
  /// An object: values by the names of their parameters.
  json values = json::object();
  friend bool operator==(const device_values&, const device_values&) = default;
};

/// What listeners are told of the devices, in one datagram.
using device_update = std::vector<device_values>;

/// The largest datagram that passes every network whole, and the largest that
/// there is, in bytes.
inline constexpr size_t whole_datagram = 1400;
inline constexpr size_t largest_datagram = 65507;

/// An update as datagrams.
struct encoded_update {
  /// Each a notification `update` of its own; one at least.
  std::vector<std::vector<uint8_t>> datagrams;
  /// UIDs of devices whose values are left out, for want of room. They are
  /// named all the same, so that listeners know that they are there.
  std::vector<std::string> left_out;
};

/// Makes an update of all of that; of no devices, too.
/// @param datagram bytes beyond which it is split by device; a single device
///        that needs more has a datagram of its own. `largest_datagram` for one
///        that is never split: there the values of the devices that come last
///        are left out.
encoded_update encode_update(const device_update& update,
                             size_t datagram = whole_datagram);

/// Reads one datagram.
/// @returns `ec::malformed` for anything but a notification `update` with one
///          argument, a map from UIDs in decimal to maps.
caf::expected<device_update> decode_update(std::span<const std::byte> payload);

/// How often updates are sent.
struct update_settings {
  /// Above zero.
  std::chrono::nanoseconds interval = std::chrono::milliseconds{100};
  /// Between two updates that carry every parameter.
  std::chrono::nanoseconds full_interval = std::chrono::seconds{2};
  /// See `encode_update`.
  size_t datagram = whole_datagram;
};

/// What `status` tells of updates that are sent.
struct update_status {
  uint64_t updates = 0;
  uint64_t datagrams = 0;
  /// Updates that were due while another was late, and were left out.
  uint64_t skipped = 0;
  /// Updates that the network did not take.
  uint64_t unsent = 0;
  /// Devices whose values an update had no room for.
  uint64_t oversized = 0;
  friend bool operator==(const update_status&, const update_status&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, update_status& x) {
  return f(caf::meta::type_name("update_status"), x.updates, x.datagrams,
           x.skipped, x.unsent, x.oversized);
}

/// What `status` tells of updates that are received.
struct update_reception {
  uint64_t received = 0;
  uint64_t malformed = 0;
  /// Datagrams that found the kernel's buffer full.
  uint64_t overruns = 0;
  friend bool operator==(const update_reception&, const update_reception&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, update_reception& x) {
  return f(caf::meta::type_name("update_reception"), x.received, x.malformed,
           x.overruns);
}

} // namespace rr
