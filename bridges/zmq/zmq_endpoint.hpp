// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace rr {

/// Binds a ZMQ socket to an address of this project, of which libzmq itself
/// takes neither `localhost` nor, unless told, IPv6.
/// @returns zero or an error number.
int bind_zmq(void* socket, const std::string& address);

/// Connects a ZMQ socket to an address of this project: libzmq takes no network
/// interface, and would ask a name server for `localhost`.
/// @returns zero or an error number.
int connect_zmq(void* socket, const std::string& address);

} // namespace rr
