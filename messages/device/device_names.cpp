// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/device_names.hpp"

#include <algorithm>

#include "messages/error.hpp"

namespace rr {

device_names parse_device_names(std::string_view text) {
  device_names result;
  while (!text.empty()) {
    auto pair = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    auto colon = pair.rfind(':');
    if (colon == pair.npos || colon == 0)
      continue;
    if (auto uid = parse_device_uid(pair.substr(colon + 1)))
      result.emplace(pair.substr(0, colon), *uid);
  }
  return result;
}

caf::expected<device_reference> parse_device(std::string_view text,
                                             const device_names& names) {
  if (auto found = names.find(text); found != names.end())
    return device_reference{{}, found->second};
  auto colon = text.find(':');
  auto type = colon == text.npos ? std::string_view{} : text.substr(0, colon);
  auto uid = parse_device_uid(colon == text.npos ? text
                                                 : text.substr(colon + 1));
  if (uid && (colon == text.npos || is_catalog_name(type)))
    return device_reference{std::string{type}, *uid};
  return caf::make_error(ec::unknown_device,
                         std::string{text}
                           + " is no device: expected a UID below 2^88, a name "
                             "of device.names, or TYPE:NUMBER");
}

caf::expected<device_key> resolve_device(const device_reference& device,
                                         const catalog& types) {
  const auto* type = device.type.empty() ? types.find(device.uid.device_id)
                                         : types.find(device.type);
  if (!type)
    return caf::make_error(
      ec::unknown_device,
      device.type.empty()
        ? to_string(device.uid) + ": the catalog has no type of device_id "
            + std::to_string(device.uid.device_id)
        : device.type + ": the catalog has no type of this name");
  if (!type->fits(device.uid))
    return caf::make_error(ec::unknown_device,
                           to_string(device.uid) + " is no "
                             + (type->device_id ? "UID" : "number")
                             + " of the type " + type->name);
  return device_key{type->name, device.uid};
}

} // namespace rr
