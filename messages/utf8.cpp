// SPDX-License-Identifier: BSD-3-Clause
#include "messages/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rr {

namespace {

/// What may follow a lead byte: the first continuation's range rules out
/// overlong forms, surrogates and what lies beyond U+10FFFF.
struct sequence {
  size_t continuations;
  uint8_t first_low;
  uint8_t first_high;
};

constexpr sequence sequence_of(uint8_t lead) noexcept {
  if (lead >= 0xc2 && lead <= 0xdf)
    return {1, 0x80, 0xbf};
  if (lead == 0xe0)
    return {2, 0xa0, 0xbf};
  if (lead == 0xed)
    return {2, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef)
    return {2, 0x80, 0xbf};
  if (lead == 0xf0)
    return {3, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3)
    return {3, 0x80, 0xbf};
  if (lead == 0xf4)
    return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

constexpr bool is_continuation(uint8_t byte) noexcept {
  return (byte & 0xc0) == 0x80;
}

/// Returns the length of the character at `text`, 0 for none.
size_t character_size(const uint8_t* text, size_t left) noexcept {
  auto form = sequence_of(text[0]);
  if (form.continuations == 0 || form.continuations >= left)
    return 0;
  if (text[1] < form.first_low || text[1] > form.first_high)
    return 0;
  for (size_t i = 2; i <= form.continuations; ++i)
    if (!is_continuation(text[i]))
      return 0;
  return form.continuations + 1;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  constexpr uint64_t high_bits = 0x8080808080808080;
  auto bytes = reinterpret_cast<const uint8_t*>(text.data());
  auto size = text.size();
  for (size_t i = 0; i < size;) {
    uint64_t word;
    if (size - i >= sizeof(word)) {
      std::memcpy(&word, bytes + i, sizeof(word));
      if ((word & high_bits) == 0) {
        i += sizeof(word);
        continue;
      }
    }
    if (bytes[i] < 0x80) {
      ++i;
      continue;
    }
    auto step = character_size(bytes + i, size - i);
    if (step == 0)
      return false;
    i += step;
  }
  return true;
}

utf8_character first_character(std::string_view text) noexcept {
  if (text.empty())
    return {};
  auto bytes = reinterpret_cast<const uint8_t*>(text.data());
  if (bytes[0] < 0x80)
    return {bytes[0], 1};
  auto size = character_size(bytes, text.size());
  if (size == 0)
    return {};
  char32_t code = bytes[0] & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i)
    code = (code << 6) | (bytes[i] & 0x3fu);
  return {code, size};
}

size_t unfinished_utf8(std::string_view part) noexcept {
  for (size_t size = 1; size <= std::min<size_t>(3, part.size()); ++size) {
    auto byte = static_cast<uint8_t>(part[part.size() - size]);
    if (!is_continuation(byte))
      return sequence_of(byte).continuations >= size ? size : 0;
  }
  return 0;
}

std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept {
  if (text.size() <= max_bytes)
    return text;
  auto result = text.substr(0, max_bytes);
  result.remove_suffix(unfinished_utf8(result));
  return result;
}

size_t utf8_rest(std::string_view part) noexcept {
  size_t result = 0;
  while (result < std::min<size_t>(3, part.size())
         && is_continuation(static_cast<uint8_t>(part[result])))
    ++result;
  return result;
}

} // namespace rr
