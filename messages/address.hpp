// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// `tcp://host:port`.
struct tcp_address {
  /// An IPv4 address, an IPv6 address in brackets, `localhost`, the name of a
  /// network interface, or `*` for every interface.
  std::string host;
  /// 1 to 65535, or 0 for `*`, any port that is free.
  uint16_t port = 0;
  friend bool operator==(const tcp_address&, const tcp_address&) = default;
};

/// `ipc://path`, a UNIX socket.
struct ipc_address {
  /// 1 to 107 bytes.
  std::string path;
  friend bool operator==(const ipc_address&, const ipc_address&) = default;
};

/// What a ZMQ socket is bound or connected to.
using zmq_address = std::variant<tcp_address, ipc_address>;

/// `udp://host:port`.
struct udp_address {
  /// As in `tcp_address`.
  std::string host;
  /// 1 to 65535.
  uint16_t port = 0;
  friend bool operator==(const udp_address&, const udp_address&) = default;
};

/// Takes `tcp://host:port` and `ipc://path`. A path that begins with `RUNTIME/`
/// is not measured: it is not the path that will be used. What no socket can
/// ever be bound to is refused: the address of a group, an IPv6 address of a
/// link that is not named, and paths that are none (`@abstract`, `*`). Whether
/// there is an interface of that name is not looked up.
/// @returns `ec::malformed` for anything else; the text begins with the
///          address: `tcp://localhost has no port`.
caf::expected<zmq_address> parse_zmq_address(std::string_view address);

/// Takes `udp://host:port`.
/// @returns `ec::malformed` for anything else, the text as above.
caf::expected<udp_address> parse_udp_address(std::string_view address);

/// What `parse_zmq_address` says against an address, without the address in
/// front; empty when it takes it.
std::string zmq_address_fault(std::string_view address);

/// What `parse_udp_address` says against an address, as above.
std::string udp_address_fault(std::string_view address);

/// Whether a host is an address of a group, or of everybody: no connection can
/// be made there. False for a name.
bool is_multicast_host(std::string_view host) noexcept;

/// Where to connect to what is bound to `address`: a host that is exactly `*`
/// becomes `peer`, as it is; every other address, any `ipc` one included, comes
/// back unchanged. The address is not checked.
std::string resolve_address(std::string_view address,
                            std::string_view peer = "127.0.0.1");

/// The address to connect to, of one or more bound ones: the first `ipc`
/// address if there is one, otherwise the first, resolved.
/// @returns `ec::malformed` (`must provide at least one address`) for none.
caf::expected<std::string>
get_connection(const std::vector<std::string>& bindings);

} // namespace rr
