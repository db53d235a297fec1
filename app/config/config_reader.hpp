// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <caf/config_value.hpp>

namespace rr {

/// A place in the text of a configuration file, and what can be read there:
/// names, values, white space. Values are those of CAF's files: "text", 'atom',
/// 12, 0x1f, 1.5, 250ms, true, <uri>, [lists] and { key = value } maps.
///
/// A test holds that it reads what CAF 0.17 reads, but for what CAF takes by
/// mistake: a sign or `0x` without a digit for 0, and what is beyond the range
/// of a duration or a real number for anything. Lists and maps nest 16 deep at
/// most, for reading them recurses.
class config_reader {
public:
  /// @param text outlives the reader.
  explicit config_reader(std::string_view text) : text_(text) {
  }

  // -- the place --------------------------------------------------------------

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

  // -- what can be read -------------------------------------------------------

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

  /// Passes a value. Where it cannot be read, stops at what is wrong.
  bool read(caf::config_value& result);

  // -- what is wrong ----------------------------------------------------------

  /// Why the last value could not be read.
  const std::string& fault() const noexcept {
    return fault_;
  }

  /// The lists and maps in which it stopped, by their brackets.
  const std::string& open() const noexcept {
    return open_;
  }

  /// What to say where the innermost of them is not closed.
  std::string unclosed() const;

  /// `: a non-breaking space (U+00A0) in column 3` where the first character of
  /// some cannot be seen, or is taken for another; else nothing.
  std::string suspect_in(size_t first, size_t last) const;

  /// The same for the character here.
  std::string suspect_here() const;

  /// ` in column 3`, as editors count.
  std::string column_text(size_t at) const;

private:
  bool read_any(caf::config_value& result);
  bool read_text(caf::config_value& result);
  bool read_atom(caf::config_value& result);
  bool read_word(caf::config_value& result);
  bool read_number(caf::config_value& result);
  bool read_real(caf::config_value& result, std::string_view digits);
  bool read_uri(caf::config_value& result);
  bool read_list(caf::config_value& result);
  bool read_map(caf::config_value& result);
  bool enter(char bracket);

  char char_at(size_t at) const noexcept {
    return at < text_.size() ? text_[at] : '\n';
  }

  std::string_view here() const noexcept;
  bool fail(std::string fault);
  bool fail_value(std::string_view cause);
  bool fail_line();
  std::string_view failed_text() const noexcept;

  std::string_view text_;
  size_t at_ = 0;
  /// Where lines were counted up to, and the number there.
  size_t counted_ = 0;
  size_t number_ = 1;
  /// Where the value begins that is being read, lists and maps excepted.
  size_t begin_ = 0;
  std::string open_;
  std::string fault_;
};

/// Whether the character may stand in the name of a key or section.
bool is_name_character(char c) noexcept;

/// A text without the blanks around it.
std::string_view trimmed(std::string_view text) noexcept;

/// A text for a message, `` `like this` ``.
std::string in_backquotes(std::string_view text);

} // namespace rr
