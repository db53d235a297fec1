// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string_view>

namespace rr {

/// Whether the text is UTF-8 as RFC 3629 has it: the shortest form of each
/// character, no surrogates, nothing beyond U+10FFFF, nothing cut short.
bool is_utf8(std::string_view text) noexcept;

/// The character that a text begins with.
struct utf8_character {
  char32_t code = 0;
  /// In bytes; 0 when the text is empty or does not begin with UTF-8.
  size_t size = 0;
};

/// As `is_utf8` has it.
/// @relates utf8_character
utf8_character first_character(std::string_view text) noexcept;

/// How many bytes at the end of a part begin a character that goes on after it.
size_t unfinished_utf8(std::string_view part) noexcept;

/// The beginning of a text, cut between two characters where the text is
/// longer.
/// @param max_bytes of the result.
std::string_view utf8_prefix(std::string_view text, size_t max_bytes) noexcept;

/// How many bytes at the beginning of a part are the rest of a character.
size_t utf8_rest(std::string_view part) noexcept;

} // namespace rr
