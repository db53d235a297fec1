// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

namespace rr {

/// RFC 8949, section 3.1.
enum class cbor_major : uint8_t {
  unsigned_integer,
  negative_integer,
  byte_string,
  text_string,
  array,
  map,
  tag,
  simple_or_float,
};

/// The first bytes of a data item: what it is, and its number or length.
struct cbor_head {
  cbor_major type = cbor_major::unsigned_integer;
  /// Additional information, 0 to 31.
  uint8_t info = 0;
  /// Zero to 2^64-1; without meaning if the length is indefinite.
  uint64_t argument = 0;

  /// Whether the item goes on until a break; for a simple value: whether it is
  /// the break.
  bool is_indefinite() const noexcept {
    return info == 31;
  }

  bool is_break() const noexcept {
    return type == cbor_major::simple_or_float && info == 31;
  }
};

/// Reads the head at `at`, which moves behind it.
/// @returns what is wrong with it, null when nothing is.
/// @relates cbor_head
inline const char* read_cbor_head(const uint8_t* bytes, size_t size, size_t& at,
                                  cbor_head& result) noexcept {
  constexpr auto cut_short = "ends before the item does";
  if (at >= size)
    return cut_short;
  auto initial = bytes[at++];
  result.type = static_cast<cbor_major>(initial >> 5);
  result.info = initial & 0x1f;
  result.argument = result.info;
  if (result.info < 24 || result.is_indefinite())
    return nullptr;
  if (result.info > 27)
    return "reserved length";
  auto count = size_t{1} << (result.info - 24);
  if (count > size - at)
    return cut_short;
  result.argument = 0;
  for (auto end = at + count; at < end; ++at)
    result.argument = (result.argument << 8) | bytes[at];
  return nullptr;
}

} // namespace rr
