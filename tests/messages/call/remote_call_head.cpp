// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_call_head

#include <cstdint>
#include <limits>
#include <optional>

#include <caf/test/dsl.hpp>

#include "messages/call/remote_call.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;

namespace remote_call_head_suite {
namespace {

json arguments() {
  return json::array({nullptr, 1, -1.5, "text", json{{"key", "value"}}});
}

} // namespace

CAF_TEST(what begins as a request can be answered) {
  auto check = [](std::string_view digits, uint32_t id) {
    CAF_MESSAGE(digits);
    auto payload = hex(digits);
    CAF_CHECK(!decode(payload, {}));
    CAF_CHECK(id_of_request(payload) == id);
  };
  check("84 00 05 6161 81 a1 01 02", 5);
  check("84 00 05 6161", 5);
  check("84 00 05 60 f6", 5);
  check("83 00 05 6161", 5);
  check("85 00 05 6161 80 80", 5);
  check("84 00 05 6161 80 00", 5);
  check("84 00 05 6161 81 61ff", 5);
  check("84 00 05 6161 81 c100", 5);
  check("9f 00 05 6161 f6 ff", 5);
  check("84 1800 1b00000000ffffffff 7f 6161 60 62c3a9 ff f6", UINT32_MAX);
  check("9b0000000000000004 00 00 7800 f6", 0);
  auto payload = hex("84 00 01 6161") + repeat(100'000, hex("81"));
  CAF_CHECK(id_of_request(payload) == 1u);
  CAF_CHECK(id_of_request(hex("84 00 01 7a00200000")
                          + bytes(2 * 1024 * 1024 + 1, std::byte{'x'}))
            == 1u);
}

CAF_TEST(what does not begin as a request cannot be answered) {
  for (auto digits : {"",
                      "84",
                      "84 00",
                      "84 00 01",
                      "84 00 01 61",
                      "84 00 01 626d",
                      "80",
                      "82 00 01",
                      "a2 00 01 6161 80",
                      "41 00",
                      "94",
                      "9c",
                      "5f 00 01",
                      "83 02 6161 f6",
                      "84 02 01 6161 80",
                      "84 01 01 6161 f6",
                      "84 01 01 f6 f6 f6",
                      "84 03 01 6161 80",
                      "84 20 01 6161 80",
                      "84 f90000 01 6161 80",
                      "84 6130 01 6161 80",
                      "84 1f 01 6161 80",
                      "84 00 20 6161 80",
                      "84 00 1b0000000100000000 6161 80",
                      "84 00 1f 6161 80",
                      "84 00 f6 6161 80",
                      "84 00 6131 6161 80",
                      "84 00 c101 6161 80",
                      "84 00 01 4161 80",
                      "84 00 01 f6 80",
                      "84 00 01 61ff 80",
                      "84 00 01 7bffffffffffffffff 6161",
                      "84 00 01 7f 6161",
                      "84 00 01 7f 7f 6161 ff ff 80",
                      "84 00 01 7f 4161 ff 80",
                      "84 00 01 7f 61c3 61a9 ff 80",
                      "c1 84 00 01 6161 80"}) {
    CAF_MESSAGE(digits);
    CAF_CHECK(!id_of_request(hex(digits)));
  }
}

CAF_TEST(a call is told by its first bytes) {
  for (uint32_t id : {0u, 23u, 24u, 256u, 65536u, UINT32_MAX}) {
    auto call = encode(request{id, "halt", arguments()});
    CAF_CHECK(calls_method(span_of(call), "halt"));
    CAF_CHECK(!calls_method(span_of(call), "hal"));
    CAF_CHECK(!calls_method(span_of(call), "halts"));
    CAF_CHECK(!calls_method(span_of(call), "holt"));
    auto head = encode(request{id, "halt", json::array()}).size() - 1;
    for (size_t size = 0; size <= head; ++size)
      CAF_CHECK_EQUAL(calls_method(span_of(call).first(size), "halt"),
                      size == head);
  }
  CAF_CHECK(
    calls_method(span_of(encode(notification{"halt", json::array()})), "halt"));
  CAF_CHECK(
    !calls_method(span_of(encode(response{1, std::nullopt, "halt"})), "halt"));
  for (auto digits :
       {"", "84", "84 00", "84 00 01", "84 00 01 64 68", "84 00 01 44 68616c74",
        "a4 00 01 64 68616c74", "84 00 01 7f 64 68616c74 ff",
        "84 03 64 68616c74", "84 00 01 7bffffffffffffffff 68616c74"})
    CAF_CHECK(!calls_method(hex(digits), "halt"));
}

CAF_TEST(a request can be answered and no other message) {
  for (uint32_t id : {0u, 23u, 24u, 256u, 65536u, UINT32_MAX}) {
    auto payload = encode(request{id, "méthode", arguments()});
    CAF_CHECK(id_of_request(span_of(payload)) == id);
    // Wherever the arguments are cut short.
    auto head = encode(request{id, "méthode", json::array()}).size() - 1;
    for (size_t size = 0; size < head + 10; ++size)
      CAF_CHECK_EQUAL(id_of_request(span_of(payload).first(size)).has_value(),
                      size >= head);
  }
  for (const call_message& x :
       {call_message{response{1, std::nullopt, "x"}},
        call_message{response{1, call_error{}, nullptr}},
        call_message{notification{"go", json::array({1})}}})
    CAF_CHECK(!id_of_request(span_of(encode(x))));
}

} // namespace remote_call_head_suite
