// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE control_packet

#include "messages/control/control_packet.hpp"

#include <limits>
#include <random>

#include <caf/test/dsl.hpp>

#include "messages/call/remote_call.hpp"
#include "messages/error.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;

namespace control_packet_suite {
namespace {

/// What the packet is by way of a document.
caf::expected<std::vector<gamepad_input>> by_document(const bytes& packet) {
  auto message = decode(packet, {max_control_packet});
  if (!message)
    return message.error();
  if (auto call = std::get_if<notification>(&*message);
      call && call->method == "update_gamepads")
    return decode_control(call->args);
  return caf::make_error(
    ec::malformed, "malformed control: it is no notification update_gamepads");
}

/// @returns whether it is well-formed.
bool check_same(const bytes& packet) {
  auto result = decode_control_packet(packet);
  auto expected = by_document(packet);
  CAF_REQUIRE_EQUAL(result.engaged(), expected.engaged());
  if (result)
    CAF_REQUIRE(*result == *expected);
  else
    CAF_REQUIRE_EQUAL(describe(result.error()), describe(expected.error()));
  return result.engaged();
}

bytes packet_of(json pads) {
  std::vector<uint8_t> result;
  encode(notification{"update_gamepads", json::array({std::move(pads)})},
         result);
  return {span_of(result).begin(), span_of(result).end()};
}

const json everything
  = {{"0", {{"lx", 0.5}, {"ly", -2}, {"rx", 1}, {"ry", 1.5}, {"btn", 5}}},
     {"10", {{"seq", UINT64_MAX}, {"time", 1e9 + 0.5}, {"lx", -0.1}}},
     {"9", json::object()}};

} // namespace

CAF_TEST(a packet is what its document says) {
  auto whole = packet_of(everything);
  auto result = decode_control_packet(whole);
  CAF_REQUIRE(result);
  CAF_REQUIRE_EQUAL(result->size(), 3u);
  CAF_CHECK_EQUAL((*result)[0].index, 0);
  CAF_CHECK_EQUAL(*(*result)[0].axes[left_y], -1.0);
  CAF_CHECK_EQUAL((*result)[0].buttons, 5u);
  CAF_CHECK_EQUAL(*(*result)[1].seq, UINT64_MAX);
  CAF_CHECK(check_same(whole));
}

CAF_TEST(the uncommon is read as well) {
  for (const auto& pads : {
         json{{"0", {{"lx", 0.5}, {"extra", {1, 2, 3}}}}},
         json{{"3", {{"time", -7}, {"ly", INT64_MIN}}}},
         json::object(),
       })
    CAF_CHECK(check_same(packet_of(pads)));
  // Of indefinite length, and keys in another order.
  std::string begin = "83026f7570646174655f67616d6570616473";
  for (auto rest :
       {"9fbf6130a0ffff", "81bf6130bf6362746e05ffff", "81a26131a06130a0",
        "81a16130a2626c78f93800626c79fabf000000"})
    CAF_CHECK(check_same(hex(begin + rest)));
  // Longer heads than need be.
  CAF_CHECK(check_same(hex("9803180279000f7570646174655f67616d65706164739801"
                           "b801780130b801780474696d65f93c00")));
}

CAF_TEST(whatever is wrong is told as its document would) {
  auto infinity = std::numeric_limits<double>::infinity();
  auto nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& pads : {
         json{{"16", json::object()}},
         json{{"00", json::object()}},
         json{{"-1", json::object()}},
         json{{"0", 1}},
         json{{"0", {{"lx", infinity}}}},
         json{{"0", {{"lx", nan}}}},
         json{{"0", {{"lx", "1"}}}},
         json{{"0", {{"lx", nullptr}}}},
         json{{"0", {{"btn", -1}}}},
         json{{"0", {{"btn", 1.0}}}},
         json{{"0", {{"seq", true}}}},
         json{{"0", {{"time", infinity}}}},
       })
    CAF_CHECK(!check_same(packet_of(pads)));
}

CAF_TEST(a key that is there twice is told as its document would) {
  auto packet = [](const std::string& pad) {
    return hex("83026f7570646174655f67616d657061647381a16130" + pad);
  };
  for (const auto* key : {"626c78", "6362746e", "63736571", "6474696d65"}) {
    auto one = std::string{key} + "01";
    CAF_CHECK(check_same(packet("a1" + one)));
    CAF_CHECK(!check_same(packet("a2" + one + one)));
  }
}

CAF_TEST(a damaged packet is what its document says) {
  auto whole = packet_of(everything);
  for (size_t size = 0; size < whole.size(); ++size)
    CAF_CHECK(
      !check_same({whole.begin(), whole.begin() + static_cast<long>(size)}));
  std::mt19937 random{1};
  auto below = [&](size_t limit) { return random() % limit; };
  size_t sound = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto packet = whole;
    for (auto changes = 1 + below(3); changes > 0; --changes) {
      auto at = packet.begin() + static_cast<long>(below(packet.size()));
      switch (below(3)) {
        case 0:
          *at = static_cast<std::byte>(random());
          break;
        case 1:
          *at ^= static_cast<std::byte>(1u << below(8));
          break;
        default:
          packet.insert(at, static_cast<std::byte>(random()));
      }
    }
    sound += check_same(packet);
  }
  CAF_MESSAGE(sound << " of 20,000 are well-formed");
  CAF_CHECK(sound > 1000);
}

} // namespace control_packet_suite
