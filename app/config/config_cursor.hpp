// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rr {

/// A place in the text of a configuration file: its line and column, what
/// stands there, and how to pass it.
class config_cursor {
public:
  /// @param text outlives the cursor.
  explicit config_cursor(std::string_view text) : text_(text) {
  }

  size_t at() const noexcept {
    return at_;
  }

  void go(size_t at) noexcept {
    at_ = at;
  }

  std::string_view text() const noexcept {
    return text_;
  }

  bool at_end() const noexcept {
    return at_ >= text_.size();
  }

  /// The character here. A line feed stands at the end.
  char peek() const noexcept {
    return char_at(at_);
  }

  /// Where that line begins, and the offset of its line feed or the end.
  size_t line_begin(size_t at) const noexcept;
  size_t line_end(size_t at) const noexcept;

  /// A line without the white space around it.
  std::string_view line_at(size_t at) const noexcept;

  /// The number of the line here, from 1. Fast while it is asked in order.
  size_t line_number() noexcept;

  /// The offset behind what begins there: a text or atom in quotes, a comment,
  /// or one character.
  size_t past(size_t at) const noexcept;

  /// Passes that character if it is here.
  bool take(char c) noexcept;

  /// Passes letters, digits, `_` and `-`.
  std::string_view take_name() noexcept;

  /// Passes the `=` behind a key, which a map does without.
  /// @returns whether a value may follow.
  bool take_assignment() noexcept;

  /// Passes spaces and tabs, and the carriage return before a line feed.
  void skip_blanks() noexcept;

  /// Passes blanks, line feeds and comments.
  /// @returns whether the line ended.
  bool skip_space() noexcept;

  /// `: a non-breaking space (U+00A0) in column 3` where the first character of
  /// some cannot be seen, or is taken for another; else nothing.
  std::string suspect_in(size_t first, size_t last) const;

  /// The same for the character here.
  std::string suspect_here() const;

  /// ` in column 3`, as editors count.
  std::string column_text(size_t at) const;

protected:
  char char_at(size_t at) const noexcept {
    return at < text_.size() ? text_[at] : '\n';
  }

  /// The character here, or the byte where it is no UTF-8.
  std::string_view here() const noexcept;

  std::string_view text_;
  size_t at_ = 0;

private:
  /// Where lines were counted up to, and the number there.
  size_t counted_ = 0;
  size_t number_ = 1;
};

/// Whether the character may stand in the name of a key or section.
bool is_name_character(char c) noexcept;

/// A text without the blanks around it.
std::string_view trimmed(std::string_view text) noexcept;

/// A text for a message, `` `like this` ``.
std::string in_backquotes(std::string_view text);

} // namespace rr
