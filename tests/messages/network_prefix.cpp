// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE network_prefix

#include "messages/network_prefix.hpp"

#include <arpa/inet.h>

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace network_prefix_suite {
namespace {

host_address host(const char* text) {
  host_address result(16);
  if (inet_pton(AF_INET6, text, result.data()) == 1)
    return result;
  result.resize(4);
  CAF_REQUIRE(inet_pton(AF_INET, text, result.data()) == 1);
  return result;
}

bool contains(const char* prefix, const char* address) {
  auto parsed = parse_network_prefix(prefix);
  if (!parsed)
    CAF_FAIL(describe(parsed.error()));
  return parsed->contains(host(address));
}

} // namespace

CAF_TEST(an address contains itself alone) {
  CAF_CHECK(contains("10.0.0.1", "10.0.0.1"));
  CAF_CHECK(!contains("10.0.0.1", "10.0.0.2"));
  CAF_CHECK(contains("fe80::1", "fe80::1"));
  CAF_CHECK(!contains("fe80::1", "fe80::2"));
}

CAF_TEST(a prefix contains what begins with its bits) {
  CAF_CHECK(contains("10.0.0.0/24", "10.0.0.255"));
  CAF_CHECK(!contains("10.0.0.0/24", "10.0.1.0"));
  CAF_CHECK(contains("10.0.0.128/25", "10.0.0.200"));
  CAF_CHECK(!contains("10.0.0.128/25", "10.0.0.127"));
  CAF_CHECK(contains("0.0.0.0/0", "255.1.2.3"));
  CAF_CHECK(contains("fe80::/10", "febf::1"));
  CAF_CHECK(!contains("fe80::/10", "fec0::1"));
  CAF_CHECK(contains("10.0.0.1/32", "10.0.0.1"));
}

CAF_TEST(families do not mix but for an IPv4 address within IPv6) {
  CAF_CHECK(!contains("0.0.0.0/0", "fe80::1"));
  CAF_CHECK(!contains("::/0", "10.0.0.1"));
  CAF_CHECK(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
}

CAF_TEST(anything else is malformed and says why) {
  CAF_CHECK_EQUAL(network_prefix_fault(""), "is no address");
  CAF_CHECK_EQUAL(network_prefix_fault("robot"), "is no address");
  CAF_CHECK_EQUAL(network_prefix_fault("10.0.0"), "is no address");
  CAF_CHECK_EQUAL(network_prefix_fault("10.0.0.256"), "is no address");
  for (auto text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                    "10.0.0.0/8x", "::/129"})
    CAF_CHECK_EQUAL(network_prefix_fault(text), "has no valid length");
  CAF_CHECK_EQUAL(network_prefix_fault("10.0.0.1/24"),
                  "has bits beyond its length");
  auto failed = parse_network_prefix("robot");
  CAF_REQUIRE(!failed);
  CAF_CHECK_EQUAL(describe(failed.error()), "robot is no address");
}

} // namespace network_prefix_suite
