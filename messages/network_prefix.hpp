// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// The address of a host: 4 bytes for IPv4, 16 for IPv6, in network order.
using host_address = std::vector<uint8_t>;

/// A set of hosts: those whose addresses begin with the same bits (CIDR).
struct network_prefix {
  host_address address;
  /// How many bits count; all of them for a single host.
  size_t length = 0;

  /// An IPv4 address that stands in an IPv6 one (`::ffff:10.0.0.1`) is taken
  /// for what it is.
  bool contains(std::span<const uint8_t> host) const noexcept;
  friend bool operator==(const network_prefix&, const network_prefix&)
    = default;
};

/// Takes `10.0.0.1`, `10.0.0.0/24`, `fe80::1` and `fe80::/10`. Bits beyond the
/// length are 0.
/// @returns `ec::malformed`; the text begins with the text given.
/// @relates network_prefix
caf::expected<network_prefix> parse_network_prefix(std::string_view text);

/// What `parse_network_prefix` says against a text, without the text in front;
/// empty when it takes it.
/// @relates network_prefix
std::string network_prefix_fault(std::string_view text);

} // namespace rr
