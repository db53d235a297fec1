// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace rr {

/// The host of an address as a number, for sockets that take no name:
/// `localhost` is 127.0.0.1, and the name of a network interface is the address
/// that it has now, IPv4 before IPv6. A number and `*` are what they are. Asks
/// no name server, and so never waits.
/// @param host as in `tcp_address`.
/// @returns an IPv4 address, an IPv6 address in brackets, `*`, or nothing when
///          there is no such interface, or when it has no address.
std::string numeric_host(std::string_view host);

/// Whether this machine has an interface of that name now.
bool has_interface(std::string_view name);

/// Whether this machine has that address now, or it is every interface's.
/// @param host as `numeric_host` returns.
bool has_address(std::string_view host);

/// An IPv4 address of this machine at which others reach it now, else
/// 127.0.0.1.
std::string outside_host();

} // namespace rr
