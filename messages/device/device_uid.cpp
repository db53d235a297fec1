// SPDX-License-Identifier: BSD-3-Clause
#include "messages/device/device_uid.hpp"

#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "messages/error.hpp"

namespace rr {

namespace {

// NOLINTNEXTLINE(modernize-use-using): with that it would not be an extension.
__extension__ typedef unsigned __int128 uint128;

constexpr unsigned uid_bits = 88;

uint128 number_of(const device_uid& x) noexcept {
  return uint128{x.upper()} << 64 | x.random;
}

caf::error malformed_uid(std::string_view text, const char* why) {
  return caf::make_error(ec::malformed, std::string{text} + why);
}

} // namespace

std::string to_string(const device_uid& x) {
  // In two parts: each division of 128 bits takes as long as one of these.
  constexpr uint64_t base = 10'000'000'000'000'000'000u;
  auto number = number_of(x);
  auto high = static_cast<uint64_t>(number / base);
  auto low = static_cast<uint64_t>(number % base);
  auto result = std::to_string(low);
  if (high != 0)
    result = std::to_string(high) + std::string(19 - result.size(), '0')
             + result;
  return result;
}

std::string to_hex(const device_uid& x) {
  char digits[32];
  if (x.upper() == 0)
    std::snprintf(digits, sizeof digits, "0x%" PRIx64, x.random);
  else
    std::snprintf(digits, sizeof digits, "0x%" PRIx32 "%016" PRIx64, x.upper(),
                  x.random);
  return digits;
}

caf::expected<device_uid> parse_device_uid(std::string_view text) {
  auto digits = text;
  auto base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  auto known = std::string_view{"0123456789abcdefABCDEF"};
  if (digits.empty()
      || digits.find_first_not_of(known.substr(0, base == 10 ? 10 : 22))
           != digits.npos)
    return malformed_uid(
      text, " is no device UID: expected decimal digits, or 0x and "
            "hexadecimal ones");
  uint128 number = 0;
  for (const auto& c : digits) {
    unsigned digit = 0;
    std::from_chars(&c, &c + 1, digit, base);
    number = number * static_cast<unsigned>(base) + digit;
    if (number >> uid_bits != 0)
      return malformed_uid(text, " is no device UID: it is 2^88 or above");
  }
  return device_uid{.device_id = static_cast<uint16_t>(number >> 72),
                    .year = static_cast<uint8_t>(number >> 64),
                    .random = static_cast<uint64_t>(number)};
}

} // namespace rr
