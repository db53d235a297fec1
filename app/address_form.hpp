// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace rr {

/// What is wrong with an address of ZMQ, `tcp://host:port` or `ipc://path`;
/// empty when nothing is. A host may be `*`, an IPv6 address in brackets or the
/// name of an interface; the port may be `*`.
std::string zmq_address_fault(std::string_view address);

/// What is wrong with an address of the form `udp://host:port`.
std::string udp_address_fault(std::string_view address);

/// An address that begins with `ipc://RUNTIME/` with the runtime directory in
/// that place, any other unchanged.
std::string place_address(std::string_view address,
                          std::string_view runtime_directory);

/// What is wrong with the path of an `ipc` address whose place is known: it
/// must fit the 107 bytes of a UNIX socket.
std::string socket_path_fault(std::string_view address);

} // namespace rr
