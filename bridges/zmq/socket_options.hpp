// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include <caf/error.hpp>

#include "bridges/zmq/zmq_option.hpp"

namespace rr {

/// Socket options by their name, which is one of `zmq_options`. Numbers and
/// flags are integers, everything else is text.
using socket_options
  = std::map<std::string, std::variant<int64_t, std::string>, std::less<>>;

/// Checks names and types without a socket.
/// @returns `ec::bad_configuration` that names the first option that does not
///          exist, or whose value is of the wrong type or out of range.
caf::error check(const socket_options& options);

/// Whether libzmq takes a value on some kind of socket. Makes a ZMQ context of
/// its own; where there is none to be had, nothing is refused.
bool is_taken(const zmq_option& option,
              const socket_options::mapped_type& value);

/// Applies every option to a ZMQ socket.
/// @param socket a socket of libzmq's C interface.
/// @returns `ec::bad_configuration` as `check` does, or when the socket
///          refuses a value.
caf::error apply(void* socket, const socket_options& options);

} // namespace rr
