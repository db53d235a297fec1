// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE device_update

#include "messages/device/device_update.hpp"

#include "messages/call/remote_call.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace rr;

namespace device_update_suite {
namespace {

device_update devices(size_t count, size_t bytes) {
  device_update result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(
      {std::to_string(1000 + i), {{"text", std::string(bytes, 'x')}}});
  return result;
}

device_update decode_all(const encoded_update& encoded) {
  device_update result;
  for (const auto& datagram : encoded.datagrams) {
    auto part = decode_update(std::as_bytes(std::span{datagram}));
    if (!part)
      CAF_FAIL(describe(part.error()));
    result.insert(result.end(), part->begin(), part->end());
  }
  return result;
}

bool is_malformed(const call_message& message) {
  auto bytes = encode(message);
  auto result = decode_update(std::as_bytes(std::span{bytes}));
  return !result && result.error() == ec::malformed;
}

} // namespace

CAF_TEST(an update is one notification as the contract has it) {
  device_update update{{"7", {{"duty", 0.5}, {"on", true}}},
                       {"18446744073709551616", json::object()}};
  auto encoded = encode_update(update);
  CAF_REQUIRE_EQUAL(encoded.datagrams.size(), 1u);
  auto message = decode(std::as_bytes(std::span{encoded.datagrams[0]}),
                        cbor_limits{});
  if (!message)
    CAF_FAIL(describe(message.error()));
  notification expected{
    "update", json::array({{{"7", {{"duty", 0.5}, {"on", true}}},
                            {"18446744073709551616", json::object()}}})};
  CAF_CHECK(std::get<notification>(*message) == expected);
}

CAF_TEST(an update of no devices is one as well) {
  for (auto datagram : {whole_datagram, largest_datagram}) {
    auto encoded = encode_update({}, datagram);
    CAF_REQUIRE_EQUAL(encoded.datagrams.size(), 1u);
    CAF_CHECK(decode_all(encoded).empty());
  }
}

CAF_TEST(an update is split by device at 1400 bytes) {
  auto update = devices(64, 100);
  auto encoded = encode_update(update);
  CAF_CHECK(encoded.datagrams.size() > 1);
  for (const auto& datagram : encoded.datagrams)
    CAF_CHECK(datagram.size() <= whole_datagram);
  CAF_CHECK(decode_all(encoded) == update);
  // No more datagrams than needed.
  CAF_CHECK(encoded.datagrams.size() <= 64 * 120 / whole_datagram + 1);
}

CAF_TEST(a device that needs more has a datagram of its own) {
  auto update = devices(3, 2000);
  auto encoded = encode_update(update);
  CAF_CHECK_EQUAL(encoded.datagrams.size(), 3u);
  CAF_CHECK(decode_all(encoded) == update);
}

CAF_TEST(an update is split at whatever size is wanted) {
  auto update = devices(64, 100);
  for (auto datagram : {size_t{508}, size_t{4000}, size_t{65506}}) {
    auto encoded = encode_update(update, datagram);
    for (const auto& each : encoded.datagrams)
      CAF_CHECK(each.size() <= datagram);
    CAF_CHECK(decode_all(encoded) == update);
    CAF_CHECK(encoded.datagrams.size() <= 64 * 120 / datagram + 2);
  }
}

CAF_TEST(a device that no datagram can hold is named without values) {
  auto update = devices(1, 10);
  auto huge = device_values{"7", {{"text", std::string(66000, 'x')}}};
  update.insert(update.begin(), huge);
  for (auto datagram : {whole_datagram, largest_datagram}) {
    auto encoded = encode_update(update, datagram);
    CAF_CHECK_EQUAL(encoded.left_out, std::vector<std::string>{"7"});
    CAF_CHECK(decode_all(encoded)
                == (device_update{update[1], {"7", json::object()}})
              || decode_all(encoded)
                   == (device_update{{"7", json::object()}, update[1]}));
  }
  for (const auto& datagram : encode_update(devices(1, 65400)).datagrams)
    CAF_CHECK(datagram.size() <= largest_datagram);
}

CAF_TEST(an update of the largest size is never split and names all devices) {
  auto update = devices(64, 4000);
  auto encoded = encode_update(update, largest_datagram);
  CAF_REQUIRE_EQUAL(encoded.datagrams.size(), 1u);
  CAF_CHECK(encoded.datagrams[0].size() <= largest_datagram);
  auto told = decode_all(encoded);
  CAF_REQUIRE_EQUAL(told.size(), 64u);
  size_t whole = 0;
  for (size_t i = 0; i < told.size(); ++i) {
    CAF_CHECK_EQUAL(told[i].uid, update[i].uid);
    whole += told[i] == update[i];
  }
  CAF_CHECK_EQUAL(whole, 16u);
  CAF_CHECK_EQUAL(encoded.left_out.size(), 48u);
  CAF_CHECK_EQUAL(encoded.left_out.front(), update[16].uid);
  // What fits is not left out.
  auto fitting = devices(64, 990);
  auto all = encode_update(fitting, largest_datagram);
  CAF_CHECK(all.left_out.empty());
  CAF_CHECK(decode_all(all) == fitting);
  // So many that there is no room even for their names.
  auto most = encode_update(devices(12000, 1), largest_datagram);
  CAF_REQUIRE_EQUAL(most.datagrams.size(), 1u);
  CAF_CHECK(most.datagrams[0].size() <= largest_datagram);
}

CAF_TEST(anything else is malformed) {
  auto good = json::array({{{"7", {{"duty", 0.5}}}}});
  CAF_CHECK(!is_malformed(notification{"update", good}));
  CAF_CHECK(is_malformed(notification{"updates", good}));
  CAF_CHECK(is_malformed(request{1, "update", good}));
  for (const auto& bad :
       {json::array(), json::array({1}), json::array({good[0], 1}),
        json::array({{{"7", 1}}}), json::array({{{"", json::object()}}}),
        json::array({{{"0x7", json::object()}}}),
        json::array({{{"-7", json::object()}}}),
        json::array({{{std::string(28, '9'), json::object()}}})})
    CAF_CHECK(is_malformed(notification{"update", bad}));
  std::vector<uint8_t> text{'x'};
  CAF_CHECK(!decode_update(std::as_bytes(std::span{text})));
}

} // namespace device_update_suite
