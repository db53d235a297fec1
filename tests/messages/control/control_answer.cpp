// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_answer

#include "messages/control/control_answer.hpp"

#include "messages/call/remote_call.hpp"
#include "messages/control/gamepad.hpp"

#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace control_answer_suite {
namespace {

control_answer read(const std::vector<uint8_t>& bytes) {
  auto result = decode_control_answer(std::as_bytes(std::span{bytes}));
  if (!result)
    CAF_FAIL(describe(result.error()));
  return *result;
}

const control_verdict refused{.fault = control_fault::other_driver,
                              .driver = "127.0.0.1:4000"};

} // namespace

CAF_TEST(a refusal says why and whom the robot obeys) {
  auto answer = read(encode_refusal(refused, 100));
  CAF_CHECK(
    answer
    == (control_answer{.reason = "other driver", .driver = "127.0.0.1:4000"}));
  CAF_CHECK_EQUAL(describe(answer),
                  "the robot obeys another driver, 127.0.0.1:4000");
  CAF_CHECK_EQUAL(describe_refusal(refused), describe(answer));
  answer = read(
    encode_refusal({.fault = control_fault::duplicate, .gamepad = 3}, 100));
  CAF_CHECK_EQUAL(describe(answer), "gamepad 3 is not obeyed: duplicate");
  CAF_CHECK_EQUAL(
    describe(read(encode_refusal({.fault = control_fault::not_allowed}, 100))),
    "control is not obeyed: not allowed");
}

CAF_TEST(an answer is never longer than it may be) {
  auto whole = encode_refusal(refused, 1000);
  CAF_CHECK_EQUAL(encode_refusal(refused, whole.size()), whole);
  auto part = encode_refusal(refused, whole.size() - 1);
  CAF_CHECK(read(part) == (control_answer{.reason = "other driver"}));
  CAF_CHECK(encode_refusal(refused, part.size() - 1).empty());
}

CAF_TEST(a grant is shorter than any packet) {
  CAF_CHECK(read(encode_grant()) == control_answer{.granted = true});
  auto least = encode(
    notification{"update_gamepads", encode_control({gamepad_input{}})});
  CAF_CHECK(encode_grant().size() <= least.size());
}

CAF_TEST(anything else is malformed) {
  for (const auto& other : {
         notification{"update", json::array()},
         notification{"control_refused", json::array()},
         notification{"control_refused", json::array({1})},
       }) {
    auto bytes = encode(other);
    CAF_CHECK(!decode_control_answer(std::as_bytes(std::span{bytes})));
  }
  auto call = encode(request{1, "control_granted", json::array()});
  CAF_CHECK(!decode_control_answer(std::as_bytes(std::span{call})));
  // What it does not know is left alone.
  auto odd = encode(notification{
    "control_refused", json::array({{{"reason", 1}, {"gamepad", -1}}})});
  CAF_CHECK(read(odd) == control_answer{});
}

} // namespace control_answer_suite
