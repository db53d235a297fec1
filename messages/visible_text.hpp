// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rr {

/// Whether a character cannot be seen, or not be told from another: controls,
/// spaces other than the one of ASCII, and what only directs the writing.
bool is_invisible(char32_t code) noexcept;

/// A text for a message, on one line: what cannot be seen, and what a terminal
/// would obey, as `\t`, `\x1b` or `\u00a0`, a byte that is no UTF-8 as `\xe9`.
/// @param max_bytes of the text; `...` stands for what is left out.
std::string visible_text(std::string_view text, size_t max_bytes = 256);

/// A path for a message, as `visible_text` has it.
inline std::string visible_path(std::string_view path) {
  return visible_text(path, 4096);
}

/// Where the first character stands that cannot be seen, is easily taken for
/// another, or is no UTF-8: `npos` for nowhere. Line feeds do not count.
size_t find_suspect(std::string_view text) noexcept;

/// The character that a text begins with, by name: `a tab (U+0009)`,
/// `a non-breaking space (U+00A0)`, `a byte that is no UTF-8 (0xE9)`.
/// @pre the text is not empty.
std::string name_of_character(std::string_view text);

/// Which character of its line a byte belongs to, from 1, as editors count.
size_t column_of(std::string_view line, size_t offset) noexcept;

} // namespace rr
