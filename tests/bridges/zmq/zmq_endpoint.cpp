// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE zmq_endpoint

#include "bridges/zmq/zmq_endpoint.hpp"

#include <cerrno>

#include "bridges/system/network_interface.hpp"
#include "bridges/udp/udp_socket.hpp"
#include "bridges/zmq/zmq_binding.hpp"
#include "messages/error.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace zmq_endpoint_suite {
namespace {

/// Whether this machine has IPv6 at all.
bool has_ipv6() {
  return has_address("[::1]");
}

/// Whether two sockets meet at an address with any free port.
bool meet(const std::string& address, const std::string& bound_host) {
  zmq::context_t context;
  zmq::socket_t server{context, zmq::socket_type::pair};
  zmq::socket_t client{context, zmq::socket_type::pair};
  for (auto socket : {&server, &client})
    socket->set(zmq::sockopt::linger, 0);
  auto binding = zmq_binding::make(server, address + ":*");
  if (!binding) {
    CAF_MESSAGE(describe(binding.error()));
    return false;
  }
  auto& endpoint = binding->endpoint();
  CAF_CHECK(endpoint.starts_with("tcp://" + bound_host + ':'));
  auto port = endpoint.substr(endpoint.rfind(':'));
  CAF_REQUIRE_EQUAL(connect_zmq(client.handle(), address + port), 0);
  CAF_CHECK_EQUAL(client.get(zmq::sockopt::ipv6), 0);
  client.send(zmq::str_buffer("x"));
  server.set(zmq::sockopt::rcvtimeo, 5000);
  zmq::message_t message;
  return server.recv(message).has_value();
}

} // namespace

CAF_TEST(sockets meet at localhost and at an interface) {
  CAF_CHECK(meet("tcp://localhost", "127.0.0.1"));
  CAF_CHECK(meet("tcp://lo", "127.0.0.1"));
  CAF_CHECK(meet("tcp://127.0.0.1", "127.0.0.1"));
}

CAF_TEST(sockets meet at an IPv6 address) {
  if (has_ipv6()) {
    CAF_CHECK(meet("tcp://[::1]", "[::1]"));
  } else {
    CAF_MESSAGE("not checked: there is no IPv6");
  }
}

CAF_TEST(an interface that is not there is an error at once) {
  zmq::context_t context;
  zmq::socket_t socket{context, zmq::socket_type::pair};
  CAF_CHECK_EQUAL(bind_zmq(socket.handle(), "tcp://rr-none0:6000"), ENODEV);
  CAF_CHECK_EQUAL(connect_zmq(socket.handle(), "tcp://rr-none0:6000"), ENODEV);
  CAF_CHECK_EQUAL(bind_zmq(socket.handle(), "inproc://x"), 0);
}

CAF_TEST(hosts become numbers without a name server) {
  CAF_CHECK_EQUAL(numeric_host("localhost"), "127.0.0.1");
  CAF_CHECK_EQUAL(numeric_host("lo"), "127.0.0.1");
  for (auto same : {"10.0.0.1", "[::1]", "[fe80::1%lo]", "*"})
    CAF_CHECK_EQUAL(numeric_host(same), same);
  CAF_CHECK_EQUAL(numeric_host("rr-none0"), "");
  CAF_CHECK_EQUAL(numeric_host("example.com"), "");
  CAF_CHECK(has_interface("lo") && !has_interface("rr-none0"));
  for (auto own : {"*", "0.0.0.0", "[::]", "127.0.0.1", "127.1.2.3"})
    CAF_CHECK(has_address(own));
  CAF_CHECK(!has_address("192.0.2.1") && !has_address("[2001:db8::1]"));
  CAF_CHECK_EQUAL(has_address("[0:0:0:0:0:0:0:1]"), has_ipv6());
}

CAF_TEST(datagrams know the same hosts) {
  auto resolved = [](const std::string& address) {
    auto result = resolve_udp(address, "cannot bind");
    return result ? to_string(*result) : describe(result.error());
  };
  CAF_CHECK_EQUAL(resolved("udp://localhost:6002"), "127.0.0.1:6002");
  CAF_CHECK_EQUAL(resolved("udp://lo:6002"), "127.0.0.1:6002");
  CAF_CHECK_EQUAL(resolved("udp://*:6002"), "0.0.0.0:6002");
  CAF_CHECK_EQUAL(resolved("udp://[::1]:6002"), "[::1]:6002");
  CAF_CHECK_EQUAL(resolved("udp://rr-none0:6002"),
                  "cannot bind udp://rr-none0:6002: rr-none0 is no interface "
                  "of this machine");
}

} // namespace zmq_endpoint_suite
