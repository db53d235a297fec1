// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE remote_call

#include "messages/call/remote_call.hpp"

#include <cmath>

#include <limits>

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::string_literals;

namespace remote_call_suite {
namespace {

std::string fault(std::span<const std::byte> payload) {
  auto result = decode(payload, {});
  if (result)
    return "none";
  if (result.error() != ec::malformed)
    return "is not malformed: " + caf::to_string(result.error());
  return describe(result.error());
}

std::string fault(std::string_view digits) {
  return fault(hex(digits));
}

std::string malformed(std::string_view what) {
  return "malformed message: "s.append(what);
}

/// The message after a trip over the wire.
call_message sent(const call_message& x) {
  auto payload = encode(x);
  auto result = decode(span_of(payload), {});
  if (!result)
    CAF_FAIL(describe(result.error()));
  return std::move(*result);
}

bool is_written_as(const call_message& x, std::string_view digits) {
  auto payload = encode(x);
  auto written = span_of(payload);
  return bytes(written.begin(), written.end()) == hex(digits);
}

/// Values of every kind that a call can carry.
json every_kind() {
  auto result = json::array({nullptr,
                             true,
                             false,
                             0,
                             23,
                             24,
                             255,
                             256,
                             65535,
                             65536,
                             -1,
                             -24,
                             -25,
                             -256,
                             -257,
                             1.5,
                             -0.0,
                             0.1,
                             1e300,
                             "",
                             "grüße 水 𐅑",
                             std::string(70'000, 'x'),
                             json::array(),
                             json::object()});
  for (int64_t edge : {INT64_MIN, INT64_MIN + 1, -(INT64_C(1) << 32) - 1,
                       -(INT64_C(1) << 32), INT64_MAX})
    result.push_back(edge);
  for (uint64_t edge : {uint64_t{1} << 32, (uint64_t{1} << 32) - 1,
                        uint64_t{1} << 63, UINT64_MAX})
    result.push_back(edge);
  for (size_t size : {0, 1, 23, 24, 255, 256, 65'535, 65'536})
    result.push_back(json::binary(std::vector<uint8_t>(size, 0xc1)));
  result.push_back({{"", 1}, {"grüße", json::array({1, {{"a", nullptr}}})}});
  return result;
}

} // namespace

CAF_TEST(messages have the forms of the contract) {
  CAF_CHECK(
    is_written_as(request{1, "add", {1, 2}}, "84 00 01 63616464 82 01 02"));
  CAF_CHECK(is_written_as(request{}, "84 00 00 60 80"));
  CAF_CHECK(is_written_as(response{1, std::nullopt, 3}, "84 01 01 f6 03"));
  CAF_CHECK(is_written_as(response{1, call_error{"no", {{"a", 1}}}, nullptr},
                          "84 01 01 82 626e6f a1 6161 01 f6"));
  CAF_CHECK(
    is_written_as(response{1, call_error{}, nullptr}, "84 01 01 82 60 a0 f6"));
  CAF_CHECK(is_written_as(notification{"go", {true}}, "83 02 62676f 81 f5"));
}

CAF_TEST(heads have their shortest form) {
  auto check = [](uint32_t id, std::string_view head) {
    CAF_CHECK(
      is_written_as(request{id, ""}, "84 00" + std::string{head} + "60 80"));
  };
  check(23, "17");
  check(24, "1818");
  check(255, "18ff");
  check(256, "190100");
  check(65535, "19ffff");
  check(65536, "1a00010000");
  check(UINT32_MAX, "1affffffff");
}

CAF_TEST(the limits are those of the caller) {
  auto payload = hex("84 00 01 6161 81 80");
  CAF_CHECK(decode(payload, {7, 3}));
  CAF_CHECK(!decode(payload, {6, 3}));
  CAF_CHECK(!decode(payload, {7, 2}));
}

CAF_TEST(requests come back equal) {
  for (uint32_t id : {0u, 23u, 24u, 255u, 256u, 65535u, 65536u, UINT32_MAX}) {
    auto original = call_message{request{id, "méthode", every_kind()}};
    CAF_CHECK(sent(original) == original);
  }
  auto empty = call_message{request{7, "ping"}};
  CAF_CHECK(sent(empty) == empty);
  auto long_name = call_message{request{7, std::string(300, 'm')}};
  CAF_CHECK(sent(long_name) == long_name);
}

CAF_TEST(responses come back equal) {
  for (const auto& value : every_kind()) {
    auto original = call_message{response{UINT32_MAX, std::nullopt, value}};
    CAF_CHECK(sent(original) == original);
  }
  auto failed = call_message{
    response{3, call_error{"métode", {{"args", every_kind()}}}, nullptr}};
  CAF_CHECK(sent(failed) == failed);
}

CAF_TEST(notifications come back equal) {
  auto original = call_message{notification{"méthode", every_kind()}};
  CAF_CHECK(sent(original) == original);
  auto empty = call_message{notification{"", json::array()}};
  CAF_CHECK(sent(empty) == empty);
}

CAF_TEST(what does not decode is known beforehand) {
  auto nested = [](size_t depth) {
    auto result = json::object();
    for (size_t i = 1; i < depth; ++i)
      result = json{{"x", std::move(result)}};
    return result;
  };
  const std::vector<json> values{
    1,
    "text",
    "caf\xe9",
    "\xed\xa0\x80",
    json{{"\xff", 1}},
    json{{"a", {nullptr, {{"b", "\xff"}}}}},
    json::binary({0xff}),
    json::binary({0xff}, 3),
    std::nan(""),
    nested(30),
    nested(31),
    nested(32),
  };
  for (const auto& value : values)
    for (const call_message& each :
         {call_message{rr::request{1, "m", value}},
          call_message{rr::request{1, "m", json::array({value})}},
          call_message{response{1, std::nullopt, value}},
          call_message{response{1, call_error{"e", value}, nullptr}},
          call_message{notification{"m", json::array({value})}}}) {
      auto fault = std::visit([](const auto& x) { return fault_of(x); }, each);
      auto bytes = encode(each);
      auto taken = decode(std::as_bytes(std::span{bytes}), {});
      CAF_CHECK_EQUAL(fault.empty(), static_cast<bool>(taken));
    }
  CAF_CHECK_EQUAL(fault_of(rr::request{1, "\xff", json::array()}),
                  "method: text is not UTF-8");
  CAF_CHECK_EQUAL(fault_of(response{1, call_error{"\xff", json::object()}, {}}),
                  "error: text is not UTF-8");
  CAF_CHECK_EQUAL(as_utf8("a\xff"
                          "b"),
                  "a\uFFFD"
                  "b");
}

CAF_TEST(byte strings stay apart from text and arrays) {
  auto result = get<request>(
    sent(request{1, "f", json::array({json::binary({1, 2}), "12"})}));
  CAF_REQUIRE(result.args[0].is_binary());
  CAF_CHECK(result.args[0].get_binary() == json::binary_t({1, 2}));
  CAF_CHECK(result.args[1].is_string());
}

CAF_TEST(numbers keep their kind) {
  auto result = get<request>(
    sent(request{1, "f", json::array({-1, 1u, 1.0, UINT64_MAX, INT64_MIN})}));
  CAF_CHECK(result.args[0].is_number_integer());
  CAF_CHECK(result.args[1].is_number_unsigned());
  CAF_CHECK(result.args[2].is_number_float());
  CAF_CHECK_EQUAL(result.args[3].get<uint64_t>(), UINT64_MAX);
  CAF_CHECK_EQUAL(result.args[4].get<int64_t>(), INT64_MIN);
}

CAF_TEST(encoding appends to the buffer of its caller) {
  std::vector<uint8_t> out{0xaa};
  encode(notification{"a"}, out);
  CAF_CHECK(out == (std::vector<uint8_t>{0xaa, 0x83, 0x02, 0x61, 0x61, 0x80}));
}

CAF_TEST(forms that no encoder here writes are taken) {
  auto expected = call_message{request{1, "ab", json::array({5})}};
  for (auto digits :
       {"84 00 01 626162 81 05", "9f 00 01 626162 81 05 ff",
        "84 1800 190001 626162 81 05", "84 00 01 7f 6161 6162 ff 81 05",
        "84 00 01 7a00000002 6162 9f 05 ff",
        "9b0000000000000004 00 1b0000000000000001 626162 81 05"}) {
    CAF_MESSAGE(digits);
    auto result = decode(hex(digits), {});
    CAF_REQUIRE(result);
    CAF_CHECK(*result == expected);
  }
}

CAF_TEST(an unknown form says which part is wrong) {
  auto check = [](std::string_view digits, std::string_view what) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(fault(digits), malformed(what));
  };
  check("00", "is not an array");
  check("f6", "is not an array");
  check("6161", "is not an array");
  check("41 00", "is not an array");
  check("a1 6161 00", "is not an array");
  check("80", "is an empty array");
  check("9f ff", "is an empty array");
  check("84 f6 01 6161 80", "type is not an integer");
  check("84 f4 01 6161 80", "type is not an integer");
  check("84 6130 01 6161 80", "type is not an integer");
  check("84 f90000 01 6161 80", "type is not an integer");
  check("84 03 01 6161 80", "type 3 is unknown");
  check("84 20 01 6161 80", "type -1 is unknown");
  check("84 1bffffffffffffffff 01 6161 80",
        "type 18446744073709551615 is unknown");
  check("84 190100 01 6161 80", "type 256 is unknown");
}

CAF_TEST(a malformed request says which part is wrong) {
  auto check = [](std::string_view digits, std::string_view what) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(fault(digits), malformed(what));
  };
  check("81 00", "request has 1 items instead of 4");
  check("83 00 01 6161", "request has 3 items instead of 4");
  check("85 00 01 6161 80 80", "request has 5 items instead of 4");
  check("83 00 6161 80", "request has 3 items instead of 4");
  check("84 00 20 6161 80", "id is negative");
  check("84 00 3b7fffffffffffffff 6161 80", "id is negative");
  check("84 00 1b0000000100000000 6161 80", "id is beyond 32 bits");
  check("84 00 1bffffffffffffffff 6161 80", "id is beyond 32 bits");
  for (auto id :
       {"f6", "f5", "6131", "4101", "80", "a0", "f93c00", "fb3ff0000000000000"})
    check("84 00"s + id + "6161 80", "id is not an integer");
  for (auto method : {"f6", "01", "4161", "816161", "a0", "f93c00"})
    check("84 00 01"s + method + "80", "method is not text");
  for (auto args : {"f6", "01", "6161", "4161", "a0", "f5"})
    check("84 00 01 6161"s + args, "args are not an array");
}

CAF_TEST(a malformed response says which part is wrong) {
  auto check = [](std::string_view digits, std::string_view what) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(fault(digits), malformed(what));
  };
  check("83 01 01 f6", "response has 3 items instead of 4");
  check("85 01 01 f6 f6 f6", "response has 5 items instead of 4");
  check("84 01 20 f6 f6", "id is negative");
  check("84 01 6131 f6 f6", "id is not an integer");
  check("84 01 1b0000000100000000 f6 f6", "id is beyond 32 bits");
  for (auto error : {"f4", "00", "6161", "a0", "4161"})
    check("84 01 01"s + error + "f6", "error is neither null nor an array");
  check("84 01 01 80 f6", "error has 0 items instead of 2");
  check("84 01 01 81 6161 f6", "error has 1 items instead of 2");
  check("84 01 01 83 6161 a0 a0 f6", "error has 3 items instead of 2");
  check("84 01 01 82 01 a0 f6", "message of the error is not text");
  check("84 01 01 82 4161 a0 f6", "message of the error is not text");
  check("84 01 01 82 6161 f6 f6", "context of the error is not a map");
  check("84 01 01 82 6161 80 f6", "context of the error is not a map");
  check("84 01 01 82 6161 a0 00", "response has both an error and a result");
}

CAF_TEST(a malformed notification says which part is wrong) {
  auto check = [](std::string_view digits, std::string_view what) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(fault(digits), malformed(what));
  };
  check("82 02 6161", "notification has 2 items instead of 3");
  check("84 02 01 6161 80", "notification has 4 items instead of 3");
  check("83 02 01 80", "method is not text");
  check("83 02 4161 80", "method is not text");
  check("83 02 6161 a0", "args are not an array");
  check("83 02 6161 f6", "args are not an array");
}

CAF_TEST(what is malformed as CBOR is a malformed message) {
  auto check = [](std::string_view digits, const char* what) {
    CAF_MESSAGE(digits);
    CAF_CHECK_EQUAL(fault(digits), "malformed CBOR at byte "s + what);
  };
  check("", "0: ends before the item does");
  check("84 00 01 6161 80 00", "6: bytes after the end");
  check("84 00 01 61c3 80", "3: text is not UTF-8");
  check("84 00 01 6161 81 61ff", "6: text is not UTF-8");
  check("84 00 c249010000000000000000 6161 80", "2: tag");
  check("84 00 01 6161 81 c349010000000000000000", "6: tag");
  check("d9d9f7 84 00 01 6161 80", "0: tag");
  check("84 00 01 6161 81 a2 6161 00 6161 00", "10: map has a key twice");
  check("84 00 01 6161 81 bb1000000000000000",
        "6: claims more items than bytes are left");
  check("84 00 01 6161 81 f7",
        "6: simple value other than false, true and null");
  check("84 00 3bffffffffffffffff 6161 80",
        "2: negative integer beyond 64 bits");
  for (auto opening : {"81", "9f", "bf", "5f", "7f", "c1"}) {
    CAF_CHECK_NOT_EQUAL(fault(repeat(100'000, hex(opening))), "none");
    CAF_CHECK_NOT_EQUAL(
      fault(hex("84 00 01 6161") + repeat(100'000, hex(opening))), "none");
  }
  CAF_CHECK_EQUAL(fault(bytes(2 * 1024 * 1024)),
                  "malformed CBOR at byte 1048576: longer than the limit of "
                  "1048576 bytes");
}

CAF_TEST(no message decodes when it is cut short anywhere) {
  for (const auto& x :
       {call_message{request{300, "méthode", every_kind()}},
        call_message{response{1, call_error{"a", {{"b", 1}}}, nullptr}},
        call_message{notification{"go", {1.5, "x"}}}}) {
    auto payload = encode(x);
    auto whole = span_of(payload);
    auto is_refused = [&](size_t size) {
      return fault(whole.first(size)).starts_with("malformed CBOR at byte ");
    };
    // Every length near the ends, and some between them.
    for (size_t size = 0; size < whole.size();
         size += size < 200 || whole.size() - size < 200 ? 1 : 997)
      if (!is_refused(size))
        CAF_ERROR("taken at " << size << " of " << whole.size());
    CAF_CHECK_EQUAL(fault(whole), "none");
  }
}

CAF_TEST(no message with one byte changed crashes or comes back changed) {
  auto payload = encode(
    request{300, "méthode",
            json::array({every_kind()[20],
                         json{{"a", 1}, {"b", {1.5, nullptr}}}, -70'000})});
  size_t taken = 0;
  for (auto& byte : payload) {
    auto kept = byte;
    for (int value = 0; value < 256; ++value) {
      byte = static_cast<uint8_t>(value);
      auto result = decode(span_of(payload), {});
      if (!result)
        continue;
      ++taken;
      auto again = encode(*result);
      auto second = decode(span_of(again), {});
      if (!second || encode(*second) != again)
        CAF_ERROR("changed: byte " << &byte - payload.data() << " to "
                                   << value);
    }
    byte = kept;
  }
  CAF_CHECK_GREATER(taken, payload.size());
}

} // namespace remote_call_suite
