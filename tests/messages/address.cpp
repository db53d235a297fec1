// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE address

#include "messages/address.hpp"

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"

using namespace rr;

namespace address_suite {
namespace {

template <class T>
std::string fault(const caf::expected<T>& result) {
  return result ? "none" : describe(result.error());
}

std::string connection(const std::vector<std::string>& bindings) {
  return *get_connection(bindings);
}

} // namespace

CAF_TEST(a star for a host becomes the peer) {
  CAF_CHECK_EQUAL(resolve_address("tcp://*:6000"), "tcp://127.0.0.1:6000");
  CAF_CHECK_EQUAL(resolve_address("tcp://*:6000", "10.0.0.2"),
                  "tcp://10.0.0.2:6000");
  CAF_CHECK_EQUAL(resolve_address("udp://*:6003"), "udp://127.0.0.1:6003");
  CAF_CHECK_EQUAL(resolve_address("tcp://*"), "tcp://127.0.0.1");
}

CAF_TEST(every other address resolves to itself) {
  for (auto same :
       {"ipc:///tmp/rt-rpc.sock", "ipc://*:6000", "tcp:// *:6000",
        "tcp://127.0.0.1:6000", "tcp://**:6000", "tcp://a*:6000", "*:6000", ""})
    CAF_CHECK_EQUAL(resolve_address(same), same);
}

CAF_TEST(an ipc address is preferred to any other) {
  CAF_CHECK_EQUAL(
    connection({"tcp://*:6000", "ipc:///tmp/b.sock", "ipc:///tmp/c.sock"}),
    "ipc:///tmp/b.sock");
}

CAF_TEST(without an ipc address the first is resolved) {
  CAF_CHECK_EQUAL(connection({"tcp://*:6000", "tcp://*:6001"}),
                  "tcp://127.0.0.1:6000");
}

CAF_TEST(no address at all is an error) {
  CAF_CHECK_EQUAL(fault(get_connection({})),
                  "must provide at least one address");
}

CAF_TEST(zmq addresses are taken apart) {
  auto parsed = [](std::string_view text) { return *parse_zmq_address(text); };
  auto tcp = [](const char* host, uint16_t port) {
    return zmq_address{tcp_address{host, port}};
  };
  CAF_CHECK(parsed("tcp://127.0.0.1:6000") == tcp("127.0.0.1", 6000));
  CAF_CHECK(parsed("tcp://*:65535") == tcp("*", 65535));
  CAF_CHECK(parsed("tcp://eth0:*") == tcp("eth0", 0));
  CAF_CHECK(parsed("tcp://[::1]:1") == tcp("[::1]", 1));
  CAF_CHECK(parsed("ipc:///tmp/rt-rpc.sock")
            == zmq_address{ipc_address{"/tmp/rt-rpc.sock"}});
}

CAF_TEST(a path fits the 107 bytes of a socket) {
  auto path = [](size_t size) { return "ipc://" + std::string(size, 'x'); };
  CAF_CHECK(parse_zmq_address(path(107)));
  CAF_CHECK_EQUAL(fault(parse_zmq_address(path(108))),
                  path(108)
                    + " has a path of 108 bytes, too long for a UNIX socket");
  CAF_CHECK(parse_zmq_address("ipc://RUNTIME/" + std::string(107, 'x')));
}

CAF_TEST(anything else is no zmq address) {
  auto check = [](std::string text, const std::string& why) {
    CAF_CHECK_EQUAL(fault(parse_zmq_address(text)), text.append(why));
  };
  check("", " is neither tcp://host:port nor ipc://path");
  check("udp://a:1", " is neither tcp://host:port nor ipc://path");
  check("inproc://a", " is neither tcp://host:port nor ipc://path");
  check("tcp://localhost", " has no port");
  check("tcp://:6000", " has no valid host");
  check("tcp://::1:6000", " has no valid host");
  check("tcp://[::1:6000", " has no valid host");
  check("tcp://[]:6000", " has no valid host");
  check("tcp://[:6000", " has no valid host");
  check("tcp:// *:6000", " has white space or control characters");
  check("http://a:1", " is neither tcp://host:port nor ipc://path");
  check("ipc:///tmp/a\n", " has white space or control characters");
  for (auto port : {"", "0", "65536", "-1", "+1", "6000x", "99999999999"})
    check("tcp://localhost:" + std::string{port},
          " has no port from 1 to 65535");
  check("ipc://", " has no path");
  check("ipc://RUNTIME/", " has no path");
}

CAF_TEST(a host is a number or localhost or a star or an interface) {
  for (auto good : {"127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[2001:db8::1]",
                    "[::ffff:10.0.0.1]", "[fe80::1%eth0]", "localhost", "*",
                    "lo", "eth0.7", "wlp0s20f3", "br-1a2b3c4d5e6f"}) {
    CAF_CHECK_EQUAL(zmq_address_fault("tcp://" + std::string{good} + ":1"), "");
    CAF_CHECK_EQUAL(udp_address_fault("udp://" + std::string{good} + ":1"), "");
  }
  for (auto bad : {"256.0.0.1",  "10.0.0",
                   "1",          "127.1",
                   "10.0.0.1.5", "::1",
                   "[::1",       "[1.2.3.4]",
                   "[::g]",      "[]",
                   "[::1]x",     "robot.example.com",
                   "a/b",        "a*",
                   "**",         "\u00e9",
                   "[fe80::1%]", "[fe80::1%a/b]",
                   "[fe80::1]",  "interface-of-16c"})
    CAF_CHECK(!udp_address_fault("udp://" + std::string{bad} + ":1").empty());
}

CAF_TEST(no connection is made to a group) {
  for (auto host : {"224.0.0.1", "239.255.255.255", "255.255.255.255",
                    "[ff02::1%lo]", "[ff05::1]"}) {
    CAF_CHECK(is_multicast_host(host));
    CAF_CHECK_EQUAL(zmq_address_fault("tcp://" + std::string{host} + ":1"),
                    "is of a group, which has no connections");
    CAF_CHECK_EQUAL(udp_address_fault("udp://" + std::string{host} + ":1"), "");
  }
  for (auto host : {"127.0.0.1", "223.255.255.255", "[::1]", "lo", "*"})
    CAF_CHECK(!is_multicast_host(host));
}

CAF_TEST(a fault is the text of the error without the address) {
  CAF_CHECK_EQUAL(zmq_address_fault("tcp://*:6000"), "");
  CAF_CHECK_EQUAL(zmq_address_fault("ipc://@abstract"),
                  "is no path of a socket");
  CAF_CHECK_EQUAL(zmq_address_fault("ipc://*"), "is no path of a socket");
  CAF_CHECK_EQUAL(zmq_address_fault("tcp://localhost"), "has no port");
  CAF_CHECK_EQUAL(udp_address_fault("udp://localhost:6002"), "");
  CAF_CHECK_EQUAL(udp_address_fault("udp://localhost"), "has no port");
}

CAF_TEST(udp addresses are taken apart) {
  CAF_CHECK(*parse_udp_address("udp://224.1.1.1:6003")
            == (udp_address{"224.1.1.1", 6003}));
  CAF_CHECK(*parse_udp_address("udp://localhost:6002")
            == (udp_address{"localhost", 6002}));
  CAF_CHECK_EQUAL(fault(parse_udp_address("udp://localhost")),
                  "udp://localhost has no port");
  CAF_CHECK_EQUAL(fault(parse_udp_address("udp://localhost:*")),
                  "udp://localhost:* has no port from 1 to 65535");
  CAF_CHECK_EQUAL(fault(parse_udp_address("tcp://localhost:1")),
                  "tcp://localhost:1 is not udp://host:port");
  CAF_CHECK_EQUAL(fault(parse_udp_address("udp://a b:1")),
                  "udp://a b:1 has white space or control characters");
}

} // namespace address_suite
