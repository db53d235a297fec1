// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE cbor_form

#include "messages/cbor/cbor_form.hpp"

#include <chrono>

#include <caf/test/dsl.hpp>
#include <nlohmann/json.hpp>

#include "messages/error.hpp"
#include "tests/support/bytes.hpp"

using namespace rr;
using namespace rr::test;
using namespace std::string_literals;

namespace cbor_form_suite {
namespace {

using json = nlohmann::json;

std::string fault(const bytes& payload, cbor_limits limits = {}) {
  auto result = check_cbor_form(payload, limits);
  if (!result)
    return "none";
  if (result != ec::malformed)
    return "is not malformed: " + caf::to_string(result);
  return describe(result);
}

std::string at(size_t offset, std::string_view what) {
  return ("malformed CBOR at byte " + std::to_string(offset) + ": ")
    .append(what);
}

/// Whether nlohmann's decoder takes it as well.
bool decodes(const bytes& payload) {
  return !json::from_cbor(payload, true, false).is_discarded();
}

/// A map of `count` keys of eight digits, all different but for what `last` is.
bytes wide_map(size_t count, size_t last) {
  auto result = hex("ba");
  auto put = [&](size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      result.push_back(static_cast<std::byte>(value >> shift & 0xff));
  };
  put(count);
  for (size_t i = 0; i < count; ++i) {
    result.push_back(std::byte{0x68});
    auto digits = std::to_string(10'000'000 + (i + 1 < count ? i : last));
    for (auto c : digits)
      result.push_back(static_cast<std::byte>(c));
    result.push_back(std::byte{0xf6});
  }
  return result;
}

/// Checks the payload alone and as the last item of an array.
void check_fault(std::string_view payload, size_t offset,
                 std::string_view what) {
  CAF_MESSAGE(payload);
  CAF_CHECK_EQUAL(fault(hex(payload)), at(offset, what));
  CAF_CHECK_EQUAL(fault(hex("82 01") + hex(payload)), at(offset + 2, what));
}

} // namespace

CAF_TEST(the examples of RFC 8949 that json can hold are taken) {
  for (auto payload :
       {"00",
        "01",
        "0a",
        "17",
        "1818",
        "1819",
        "1864",
        "1903e8",
        "1a000f4240",
        "1b000000e8d4a51000",
        "1bffffffffffffffff",
        "20",
        "29",
        "3863",
        "3903e7",
        "f90000",
        "f98000",
        "f93c00",
        "fb3ff199999999999a",
        "f93e00",
        "f97bff",
        "fa47c35000",
        "fa7f7fffff",
        "fb7e37e43c8800759c",
        "f90001",
        "f90400",
        "f9c400",
        "fbc010666666666666",
        "f97c00",
        "f97e00",
        "f9fc00",
        "fa7f800000",
        "fa7fc00000",
        "faff800000",
        "fb7ff0000000000000",
        "fb7ff8000000000000",
        "fbfff0000000000000",
        "f4",
        "f5",
        "f6",
        "40",
        "4401020304",
        "60",
        "6161",
        "6449455446",
        "62225c",
        "62c3bc",
        "63e6b0b4",
        "64f0908591",
        "80",
        "83010203",
        "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "a0",
        "a26161016162820203",
        "826161a161626163",
        "a56161614161626142616361436164614461656145",
        "5f42010243030405ff",
        "7f657374726561646d696e67ff",
        "9fff",
        "9f018202039f0405ffff",
        "9f01820203820405ff",
        "83018202039f0405ff",
        "83019f0203ff820405",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "bf61610161629f0203ffff",
        "826161bf61626163ff",
        "bf6346756ef563416d7421ff",
        "5fff",
        "7fff",
        "7f6060ff",
        "3b7fffffffffffffff",
        "1b0000000000000001",
        "7a0000000161"}) {
    CAF_MESSAGE(payload);
    CAF_CHECK_EQUAL(fault(hex(payload)), "none");
    CAF_CHECK(decodes(hex(payload)));
  }
}

CAF_TEST(the examples of RFC 8949 that json cannot hold are refused) {
  check_fault("3bffffffffffffffff", 0, "negative integer beyond 64 bits");
  for (auto payload :
       {"c249010000000000000000", "c349010000000000000000",
        "c074323031332d30332d32315432303a30343a30305a", "c11a514b67b0",
        "c1fb41d452d9e2000000", "d74401020304", "d818456449455446",
        "d82076687474703a2f2f7777772e6578616d706c652e636f6d"})
    check_fault(payload, 0, "tag");
  for (auto payload : {"f7", "f0", "f8ff", "f818", "e0"})
    check_fault(payload, 0, "simple value other than false, true and null");
  check_fault("a201020304", 1, "map key is not text");
}

CAF_TEST(integers have 64 bits) {
  CAF_CHECK_EQUAL(fault(hex("1b ffffffffffffffff")), "none");
  CAF_CHECK_EQUAL(fault(hex("3b 7fffffffffffffff")), "none");
  check_fault("3b 8000000000000000", 0, "negative integer beyond 64 bits");
  check_fault("1f", 0, "integer of indefinite length");
  check_fault("3f", 0, "integer of indefinite length");
}

CAF_TEST(reserved heads are refused) {
  for (auto payload :
       {"1c", "1d", "1e", "3c", "5d", "7e", "9c", "bd", "de", "fc", "fd", "fe"})
    check_fault(payload, 0, "reserved length");
}

CAF_TEST(a payload has a largest size) {
  auto payload = hex("5a 001ffffb") + bytes(2 * 1024 * 1024 - 5);
  CAF_CHECK_EQUAL(payload.size(), 2u * 1024 * 1024);
  CAF_CHECK_EQUAL(fault(payload),
                  at(1048576, "longer than the limit of 1048576 bytes"));
  CAF_CHECK_EQUAL(fault(payload, {payload.size(), 32}), "none");
  CAF_CHECK_EQUAL(fault(payload, {payload.size() - 1, 32}),
                  at(2097151, "longer than the limit of 2097151 bytes"));
}

CAF_TEST(nesting ends at the limit) {
  for (auto opening : {"81", "9f"}) {
    auto closing = opening == "81"s ? hex("") : hex("ff");
    auto nested = [&](size_t depth) {
      return repeat(depth, hex(opening)) + hex("00") + repeat(depth, closing);
    };
    CAF_CHECK_EQUAL(fault(nested(32)), "none");
    CAF_CHECK(decodes(nested(32)));
    CAF_CHECK_EQUAL(fault(nested(33)), at(32, "nested too deep"));
    CAF_CHECK_EQUAL(fault(nested(10'000)), at(32, "nested too deep"));
    CAF_CHECK_EQUAL(fault(nested(2), {100, 2}), "none");
    CAF_CHECK_EQUAL(fault(nested(3), {100, 2}), at(2, "nested too deep"));
    CAF_CHECK_EQUAL(fault(nested(33), {100, 50}), at(32, "nested too deep"));
    CAF_CHECK_EQUAL(fault(nested(1), {100, 0}), at(0, "nested too deep"));
  }
  auto maps = repeat(33, hex("a1 60")) + hex("00");
  CAF_CHECK_EQUAL(fault(maps), at(64, "nested too deep"));
}

CAF_TEST(100000 bytes of one opening are refused at once) {
  auto of = [](const char* opening) {
    return fault(repeat(100'000, hex(opening)));
  };
  CAF_CHECK_EQUAL(of("81"), at(32, "nested too deep"));
  CAF_CHECK_EQUAL(of("9f"), at(32, "nested too deep"));
  CAF_CHECK_EQUAL(of("bf"), at(1, "map key is not text"));
  CAF_CHECK_EQUAL(of("5f"), at(0, "string has a chunk of indefinite length"));
  CAF_CHECK_EQUAL(of("7f"), at(0, "string has a chunk of indefinite length"));
  CAF_CHECK_EQUAL(of("c1"), at(0, "tag"));
  CAF_CHECK_EQUAL(of("a1"), at(1, "map key is not text"));
  CAF_CHECK_EQUAL(of("ff"), at(0, "break out of place"));
}

CAF_TEST(no count claims more items than bytes are left) {
  auto claims = "claims more items than bytes are left";
  check_fault("9b 1000000000000000", 0, claims);
  check_fault("bb 1000000000000000", 0, claims);
  check_fault("bb 8000000000000000", 0, claims);
  check_fault("bb ffffffffffffffff", 0, claims);
  check_fault("9a 10000000", 0, claims);
  check_fault("84 010203", 0, claims);
  check_fault("a2 6161 01", 0, claims);
  check_fault("82 8180", 3, "ends before the item does");
}

CAF_TEST(strings end within the payload) {
  auto longer = "string is longer than the bytes left";
  check_fault("43 0102", 0, longer);
  check_fault("63 6161", 0, longer);
  check_fault("5b ffffffffffffffff 00", 0, longer);
  check_fault("7b 7fffffffffffffff 00", 0, longer);
  check_fault("5f 43 0102", 0, longer);
}

CAF_TEST(strings of chunks have chunks of their own kind only) {
  check_fault("5f 6161 ff", 0, "string has a chunk of another type");
  check_fault("7f 4161 ff", 0, "string has a chunk of another type");
  check_fault("7f 00 ff", 0, "string has a chunk of another type");
  check_fault("7f f6 ff", 0, "string has a chunk of another type");
  check_fault("5f 5f 4100 ff ff", 0, "string has a chunk of indefinite length");
  check_fault("7f 7f 6161 ff ff", 0, "string has a chunk of indefinite length");
  check_fault("7f 6161", 0, "ends before the item does");
}

CAF_TEST(text is UTF8) {
  for (auto payload :
       {"62 c280", "62 dfbf", "63 e0a080", "63 ed9fbf", "63 ee8080",
        "63 efbfbf", "64 f0908080", "64 f48fbfbf", "61 00", "61 7f",
        "6a 6162636465666768c3bc", "69 c3bc61626364656667"})
    CAF_CHECK_EQUAL(fault(hex(payload)), "none");
  for (auto payload : {"61 80",
                       "61 bf",
                       "61 ff",
                       "62 c080",
                       "62 c1bf",
                       "61 c3",
                       "62 c328",
                       "62 c3c3",
                       "63 e08080",
                       "63 e09fbf",
                       "63 eda080",
                       "63 edbfbf",
                       "62 e282",
                       "63 e28228",
                       "64 f0808080",
                       "64 f08fbfbf",
                       "64 f4908080",
                       "64 f5808080",
                       "64 f8888080",
                       "63 f09f98",
                       "64 f09f9828",
                       "69 616263646566676880",
                       "6a 61626364656667688061",
                       "7f 61c3 61bc ff"})
    check_fault(payload, 0, "text is not UTF-8");
  // Bytes are not text.
  CAF_CHECK_EQUAL(fault(hex("42 c080")), "none");
}

CAF_TEST(no key stands twice in one map) {
  auto twice = "map has a key twice";
  check_fault("a2 6161 01 6161 02", 4, twice);
  check_fault("bf 6161 01 6161 02 ff", 4, twice);
  check_fault("a2 60 01 60 02", 3, twice);
  // The same text with a longer head, and in chunks.
  check_fault("a2 6161 01 7801 61 02", 4, twice);
  check_fault("a2 6161 01 7a00000001 61 02", 4, twice);
  check_fault("a2 626162 01 7f 6161 6162 ff 02", 5, twice);
  check_fault("a2 7f 60 626162 ff 01 7f 6161 60 6162 ff 02", 8, twice);
  check_fault("a2 60 01 7f ff 02", 3, twice);
  // Keys of maps inside come and go between a map's own.
  check_fault("a2 6161 a2 6161 01 6162 02 6161 03", 10, twice);
  check_fault("a1 6161 82 a1 6161 01 a2 6162 02 6162 03", 12, twice);
}

CAF_TEST(one key may stand in many maps) {
  for (auto payload :
       {"82 a1 6161 01 a1 6161 02", "a1 6161 a1 6161 a1 6161 01",
        "a2 6161 a1 6162 01 6162 a1 6161 02", "a3 60 00 6100 00 620000 00",
        "a2 6161 00 626161 00", "a3 63616263 00 63616463 00 63616563 00",
        "bf 6161 bf ff 6162 a0 ff"}) {
    CAF_CHECK_EQUAL(fault(hex(payload)), "none");
    CAF_CHECK(decodes(hex(payload)));
  }
}

CAF_TEST(wide maps are checked in time) {
  for (size_t count : {2, 15, 16, 17, 18, 1'000}) {
    CAF_CHECK_EQUAL(fault(wide_map(count, count)), "none");
    CAF_CHECK_EQUAL(fault(wide_map(count, 0)),
                    at(5 + (count - 1) * 10, "map has a key twice"));
    CAF_CHECK_EQUAL(fault(wide_map(count, count - 2)),
                    at(5 + (count - 1) * 10, "map has a key twice"));
  }
  auto before = std::chrono::steady_clock::now();
  CAF_CHECK_EQUAL(fault(wide_map(104'000, 104'000)), "none");
  CAF_CHECK_EQUAL(fault(wide_map(104'000, 0)),
                  at(5 + 103'999 * 10, "map has a key twice"));
  // Comparing each with each takes minutes.
  CAF_CHECK(std::chrono::steady_clock::now() - before
            < std::chrono::seconds{5});
}

CAF_TEST(map keys are text) {
  for (auto payload :
       {"a1 00 01", "a1 20 01", "a1 40 01", "a1 80 01", "a1 a0 01", "a1 f6 01",
        "a1 f93c00 01", "bf 00 01 ff", "a1 5f ff 01", "a1 c1 00"})
    check_fault(payload, 1, "map key is not text");
}

CAF_TEST(breaks end what is indefinite only) {
  auto out_of_place = "break out of place";
  CAF_CHECK_EQUAL(fault(hex("ff")), at(0, out_of_place));
  CAF_CHECK_EQUAL(fault(hex("82 01 ff")), at(2, out_of_place));
  CAF_CHECK_EQUAL(fault(hex("9f 82 01 ff ff")), at(3, out_of_place));
  CAF_CHECK_EQUAL(fault(hex("a1 ff 00")), at(1, out_of_place));
  CAF_CHECK_EQUAL(fault(hex("a1 6161 ff")), at(3, out_of_place));
  CAF_CHECK_EQUAL(fault(hex("9f ff ff")), at(2, "bytes after the end"));
  check_fault("bf 6161 ff", 3, "map ends between a key and its value");
  check_fault("9f 01", 2, "ends before the item does");
}

CAF_TEST(nothing comes before or after the one item) {
  CAF_CHECK_EQUAL(fault({}), at(0, "ends before the item does"));
  CAF_CHECK_EQUAL(fault(hex("00 00")), at(1, "bytes after the end"));
  CAF_CHECK_EQUAL(fault(hex("80 80")), at(1, "bytes after the end"));
  CAF_CHECK_EQUAL(fault(hex("f6 ff")), at(1, "bytes after the end"));
}

CAF_TEST(heads and floats are not cut short) {
  for (auto payload :
       {"18", "19 00", "1a 000000", "1b 00000000000000", "38", "58", "78", "98",
        "b8", "f8", "f9 00", "fa 000000", "fb 00000000000000"})
    check_fault(payload, 0, "ends before the item does");
}

} // namespace cbor_form_suite
