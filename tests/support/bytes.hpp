// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rr::test {

using bytes = std::vector<std::byte>;

/// The bytes of pairs of hexadecimal digits; everything else is skipped.
inline bytes hex(std::string_view digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  bytes result;
  auto high = std::string_view::npos;
  for (auto c : digits) {
    auto value = alphabet.find(c);
    if (value == alphabet.npos)
      continue;
    if (high == alphabet.npos) {
      high = value;
      continue;
    }
    result.push_back(static_cast<std::byte>(high << 4 | value));
    high = alphabet.npos;
  }
  return result;
}

/// The same bytes `count` times over.
inline bytes repeat(size_t count, const bytes& part) {
  bytes result;
  result.reserve(count * part.size());
  for (size_t i = 0; i < count; ++i)
    result.insert(result.end(), part.begin(), part.end());
  return result;
}

inline bytes operator+(bytes x, const bytes& y) {
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

inline std::span<const std::byte> span_of(const std::vector<uint8_t>& x) {
  return std::as_bytes(std::span{x});
}

} // namespace rr::test
