// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/catalog.hpp"

#include <algorithm>

namespace rr {

namespace {

/// FNV-1a, 64 bits.
uint64_t hash_of(std::string_view text) noexcept {
  uint64_t result = 0xcbf29ce484222325u;
  for (auto c : text) {
    result ^= static_cast<unsigned char>(c);
    result *= 0x100000001b3u;
  }
  return result;
}

json optional_value(const std::optional<device_value>& x) {
  return x ? json::array({*x}) : json::array();
}

json as_json(const parameter& x) {
  auto result
    = json::array({x.id, x.name, to_string(x.type), optional_value(x.lower),
                   optional_value(x.upper), x.readable, x.writeable,
                   x.subscribed, optional_value(x.safe)});
  // Without it a type is what it was before there was any.
  if (x.expires)
    result.push_back(x.expires->count());
  return result;
}

/// Every member, in this order: what is hashed.
json as_json(const device_type& x) {
  auto parameters = json::array();
  for (const auto& each : x.parameters)
    parameters.push_back(as_json(each));
  return json::array({x.name, x.device_id ? json(*x.device_id) : json(),
                      x.sub_interval.count(), x.write_interval.count(),
                      x.heartbeat_interval.count(), parameters});
}

bool is_lower_case(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

} // namespace

const parameter* device_type::find(std::string_view wanted) const noexcept {
  for (const auto& each : parameters)
    if (each.name == wanted)
      return &each;
  return nullptr;
}

uint64_t fingerprint(const device_type& x) {
  return hash_of(
    as_json(x).dump(-1, ' ', true, json::error_handler_t::replace));
}

catalog::catalog(std::vector<device_type> types) : types_(std::move(types)) {
  std::sort(types_.begin(), types_.end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
}

const device_type* catalog::find(std::string_view name) const noexcept {
  auto found = std::lower_bound(types_.begin(), types_.end(), name,
                                [](const device_type& x, std::string_view y) {
                                  return x.name < y;
                                });
  return found != types_.end() && found->name == name ? &*found : nullptr;
}

const device_type* catalog::find(uint16_t device_id) const noexcept {
  for (const auto& each : types_)
    if (each.device_id == device_id)
      return &each;
  return nullptr;
}

bool is_catalog_name(std::string_view text) noexcept {
  auto fits = [](char c) {
    return is_lower_case(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= catalog::max_name
         && is_lower_case(text.front())
         && std::all_of(text.begin(), text.end(), fits);
}

} // namespace rr
