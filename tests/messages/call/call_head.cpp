// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE call_head

#include "messages/call/call_head.hpp"

#include <caf/test/dsl.hpp>

#include "messages/call/remote_call.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;

namespace call_head_suite {
namespace {

/// As `request 7 ping`; empty for none.
std::string head_of(std::span<const std::byte> payload) {
  auto head = read_call_head(payload);
  if (!head)
    return {};
  auto result = std::string{to_string(head->form)} + ' '
                + std::to_string(head->id);
  return head->method.empty() ? result
                              : result + ' ' + std::string{head->method};
}

template <class T>
std::string head_of_message(const T& message) {
  auto bytes = encode(message);
  return head_of(std::as_bytes(std::span{bytes}));
}

} // namespace

CAF_TEST(each form has its head) {
  CAF_CHECK_EQUAL(head_of_message(request{7, "ping", json::array({1, "x"})}),
                  "request 7 ping");
  CAF_CHECK_EQUAL(head_of_message(response{7, {}, 5}), "response 7");
  CAF_CHECK_EQUAL(head_of_message(response{8, call_error{"no"}, {}}),
                  "failure 8");
  CAF_CHECK_EQUAL(head_of_message(notification{"tell", json::array()}),
                  "notification 0 tell");
}

CAF_TEST(what comes behind the head is not looked at) {
  CAF_CHECK_EQUAL(head_of(hex("84 00 05 6161")), "request 5 a");
  CAF_CHECK_EQUAL(head_of(hex("83 02 6161 c1")), "notification 0 a");
  CAF_CHECK_EQUAL(head_of(hex("84 01 05")), "failure 5");
}

CAF_TEST(what does not begin as a message has none) {
  for (auto digits :
       {"", "00", "84", "84 03 05 6161", "84 20 05 6161", "84 00 6161",
        "84 00 05", "84 00 05 62", "84 00 05 6261", "84 00 05 41 61",
        "84 00 05 7f 6161 ff", "84 00 05 7bffffffffffffffff 61",
        "9f 00 05 6161", "a4 00 05 6161", "83 02", "83 02 05", "84 01",
        "84 01 60", "84 1c 05 6161"}) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(head_of(hex(digits)), "");
  }
}

} // namespace call_head_suite
