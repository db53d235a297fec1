// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/zmq/zmq_endpoint.hpp"

#include <cerrno>
#include <string_view>

#include <zmq.h>

#include "bridges/system/network_interface.hpp"
#include "messages/address.hpp"

namespace rr {

namespace {

constexpr std::string_view tcp = "tcp://";

template <class F>
int use(void* socket, const std::string& address, F zmq_function) {
  auto endpoint = address;
  auto parsed = parse_zmq_address(address);
  auto where = parsed ? std::get_if<tcp_address>(&*parsed) : nullptr;
  if (where != nullptr) {
    auto host = numeric_host(where->host);
    if (host.empty())
      return ENODEV;
    endpoint.replace(tcp.size(), where->host.size(), host);
  }
  // With it, libzmq would make IPv6 of every other address of this socket, too.
  int before = 0;
  size_t size = sizeof before;
  int ipv6 = 1;
  auto is_ipv6 = endpoint.starts_with("tcp://[")
                 && zmq_getsockopt(socket, ZMQ_IPV6, &before, &size) == 0;
  if (is_ipv6)
    zmq_setsockopt(socket, ZMQ_IPV6, &ipv6, sizeof ipv6);
  auto result = zmq_function(socket, endpoint.c_str()) == 0 ? 0 : zmq_errno();
  if (is_ipv6)
    zmq_setsockopt(socket, ZMQ_IPV6, &before, sizeof before);
  return result;
}

} // namespace

int bind_zmq(void* socket, const std::string& address) {
  return use(socket, address, zmq_bind);
}

int connect_zmq(void* socket, const std::string& address) {
  return use(socket, address, zmq_connect);
}

} // namespace rr
