// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE routing

#include "messages/call/routing.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace routing_suite {

CAF_TEST(a printable identity is its own text) {
  for (auto text : {"robot-client",
                    "r\xc3\xb6"
                    "bot",
                    "\xe6\x9c\xba", "\xf0\x9f\xa4\x96", " ", "a b"})
    CAF_CHECK_EQUAL(identity_text(text), std::string{text});
}

CAF_TEST(any other identity is hexadecimal) {
  CAF_CHECK_EQUAL(identity_text(std::string_view{"\0\x6b\x8b\x45\x67", 5}),
                  "006b8b4567");
  // A control character, an escape sequence, a line feed.
  CAF_CHECK_EQUAL(identity_text("a\x7f"), "617f");
  CAF_CHECK_EQUAL(identity_text("\x1b[2J"), "1b5b324a");
  CAF_CHECK_EQUAL(identity_text("a\n"), "610a");
  // C1, and what turns the direction of text.
  CAF_CHECK_EQUAL(identity_text("\xc2\x9b"), "c29b");
  CAF_CHECK_EQUAL(identity_text("\xe2\x80\xae"), "e280ae");
  // Cut short, overlong, a surrogate, beyond Unicode, a lone continuation.
  CAF_CHECK_EQUAL(identity_text("\xe6\x9c"), "e69c");
  CAF_CHECK_EQUAL(identity_text("\xc0\x80"), "c080");
  CAF_CHECK_EQUAL(identity_text("\xe0\x80\x80"), "e08080");
  CAF_CHECK_EQUAL(identity_text("\xed\xa0\x80"), "eda080");
  CAF_CHECK_EQUAL(identity_text("\xf4\x90\x80\x80"), "f4908080");
  CAF_CHECK_EQUAL(identity_text("\x80"), "80");
}

CAF_TEST(a command is known by the form of its identity) {
  for (auto text : {"robot-cli-71-00c0ffee", "a-cli-b-cli-1-0123abcd"})
    CAF_CHECK(is_command_identity(text));
  for (auto text :
       {"robot-client", "robot-cli-", "robot-cli-71", "cli-71-00c0ffee",
        "robot-cli-71-", "robot-cli-71-00c0ffe", "robot-cli--00c0ffee",
        "robot-cli-71-00c0ffeef", "robot-cli-71-00C0FFEE",
        "robot-cli-x-00c0ffee", "", "arm-cli-service"})
    CAF_CHECK(!is_command_identity(text));
}

CAF_TEST(a drop is told by its side and its cause) {
  CAF_CHECK_EQUAL(to_string(router_side::frontend), std::string{"frontend"});
  CAF_CHECK_EQUAL(to_string(router_side::backend), std::string{"backend"});
  auto told = std::vector<std::string>{};
  for (auto cause : {drop_cause::no_such_peer, drop_cause::malformed,
                     drop_cause::loopback, drop_cause::would_block})
    told.push_back(to_string(cause));
  CAF_CHECK((told
             == std::vector<std::string>{"no such peer", "malformed",
                                         "loopback", "would block"}));
}

CAF_TEST_FIXTURE_SCOPE(routing_tests, actor_fixture)

CAF_TEST(a status is the same after a round trip) {
  router_status in{{"tcp://127.0.0.1:6000"},
                   {"ipc:///run/service.sock"},
                   {{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}}};
  caf::binary_serializer::container_type buffer;
  caf::binary_serializer sink{sys, buffer};
  CAF_REQUIRE_EQUAL(sink(in), caf::none);
  router_status out;
  caf::binary_deserializer source{sys, buffer};
  CAF_REQUIRE_EQUAL(source(out), caf::none);
  CAF_CHECK(in == out);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace routing_suite
