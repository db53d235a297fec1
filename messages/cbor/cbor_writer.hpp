// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "messages/cbor/cbor_head.hpp"

namespace rr {

/// Appends the head of a CBOR item in its shortest form (RFC 8949, section 3).
inline void put_cbor_head(std::vector<uint8_t>& out, cbor_major type,
                          uint64_t argument) {
  auto put = [&](uint8_t info, int bytes) {
    out.push_back(static_cast<uint8_t>(static_cast<uint8_t>(type) << 5 | info));
    for (auto shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out.push_back(static_cast<uint8_t>(argument >> shift));
  };
  if (argument < 24)
    put(static_cast<uint8_t>(argument), 0);
  else if (argument <= std::numeric_limits<uint8_t>::max())
    put(24, 1);
  else if (argument <= std::numeric_limits<uint16_t>::max())
    put(25, 2);
  else if (argument <= std::numeric_limits<uint32_t>::max())
    put(26, 4);
  else
    put(27, 8);
}

/// Appends a text, which has to be UTF-8.
inline void put_cbor_text(std::vector<uint8_t>& out, std::string_view text) {
  put_cbor_head(out, cbor_major::text_string, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

inline void put_cbor_integer(std::vector<uint8_t>& out, uint64_t number) {
  put_cbor_head(out, cbor_major::unsigned_integer, number);
}

inline void put_cbor_integer(std::vector<uint8_t>& out, int64_t number) {
  if (number >= 0)
    put_cbor_integer(out, static_cast<uint64_t>(number));
  else
    put_cbor_head(out, cbor_major::negative_integer,
                  static_cast<uint64_t>(-1 - number));
}

inline void put_cbor_bool(std::vector<uint8_t>& out, bool flag) {
  out.push_back(flag ? 0xf5 : 0xf4);
}

/// Appends a double, always in eight bytes.
inline void put_cbor_double(std::vector<uint8_t>& out, double number) {
  out.push_back(0xfb);
  auto bits = std::bit_cast<uint64_t>(number);
  for (auto shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<uint8_t>(bits >> shift));
}

} // namespace rr
