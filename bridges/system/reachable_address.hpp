// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// One place at which whoever is bound to an address may be reached.
struct reachable_address {
  /// The address as people wrote it, for errors.
  std::string name;
  /// The same for libzmq, in numbers: it never waits for a name server.
  std::string endpoint;
  /// The same for `connect`.
  sockaddr_storage to{};
  socklen_t size = 0;
};

/// Where to try to reach what is bound to `tcp://host:port` or `ipc://path`.
/// `*` is this machine, `localhost` both its addresses, and a network
/// interface's name that interface's own. Asks no name server.
/// @returns `ec::malformed` for what is no address, `ec::system_error` for a
///          host that is none of these.
caf::expected<std::vector<reachable_address>>
find_reachable(const std::string& address);

} // namespace rr
