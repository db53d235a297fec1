// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "bridges/system/file_descriptor.hpp"

namespace rr {

/// `udp://HOST:port` with a port that nobody has bound now.
inline std::string free_udp_address(const std::string& host = "127.0.0.1") {
  file_descriptor probe{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  if (::bind(probe.get(), reinterpret_cast<sockaddr*>(&any), size) != 0
      || ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&any), &size)
           != 0)
    throw std::runtime_error{"cannot find a free port"};
  return "udp://" + host + ':' + std::to_string(ntohs(any.sin_port));
}

} // namespace rr
