// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "messages/device/catalog.hpp"
#include "messages/device/device_uid.hpp"

namespace rr {

/// UIDs by the names of `device.names`.
using device_names = std::map<std::string, device_uid, std::less<>>;

/// Takes `NAME:UID` pairs separated by spaces, as children get them in
/// `RR_DEVICE_NAMES`. What is no such pair is passed over.
device_names parse_device_names(std::string_view text);

/// How people name a device: `0x7170123456789abcdef`, `left-arm`, `gamepad:0`.
struct device_reference {
  /// Empty where the UID names its type by itself.
  std::string type;
  /// The UID, or the number in its lower bits.
  device_uid uid;
  friend bool operator==(const device_reference&, const device_reference&)
    = default;
};

/// Takes a name, a UID in decimal digits or with `0x`, or `TYPE:NUMBER`.
/// @returns `ec::unknown_device` for anything else; the text begins with the
///          text given: `left-arn is no device: expected ...`.
/// @relates device_reference
caf::expected<device_reference> parse_device(std::string_view text,
                                             const device_names& names);

/// The buffer that is meant.
/// @returns `ec::unknown_device` when the catalog does not have the type, and
///          when a type with UIDs is named by a number of another type.
/// @relates device_reference
caf::expected<device_key> resolve_device(const device_reference& device,
                                         const catalog& types);

} // namespace rr
