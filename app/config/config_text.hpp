// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rr {

/// The text of a configuration file, made ready for CAF's parser, which takes
/// a NUL for the end, no carriage return, and overflows on long durations.
/// Offsets and lines stay what they are in the file.
class config_text {
public:
  explicit config_text(std::string_view text);

  std::string_view str() const noexcept {
    return text_;
  }

  /// Lines that held a NUL; they are blank now.
  const std::vector<size_t>& nul_lines() const noexcept {
    return nul_lines_;
  }

  /// The first number between two offsets that the parser would overflow on, as
  /// it was; it is 0 now. Empty when there is none.
  std::string_view overflow_in(size_t first, size_t last) const noexcept;

  /// The line of an offset, from 1. A line feed belongs to the line it ends.
  size_t line_of(size_t offset) const noexcept;

  /// The first offset of a line, and the one of its line feed or the end.
  size_t begin_of(size_t line) const noexcept;
  size_t end_of(size_t line) const noexcept;
  size_t lines() const noexcept {
    return starts_.size();
  }

  /// A line without the white space around it.
  std::string_view trimmed(size_t line) const noexcept;

  /// Whether the line is `[name]`, or begins with `key =` or `key {`.
  bool looks_like_header(size_t line) const noexcept;
  bool looks_like_entry(size_t line) const noexcept;

  /// What stands after the `=` at or after the offset, up to a comment.
  std::string_view value_at(size_t offset) const noexcept;

  /// The line in which the bracket closes that opens at or after the offset; 0
  /// when it does not close before the next header.
  size_t closing_line(size_t offset) const noexcept;

  /// Makes lines blank, both included.
  void blank(size_t first_line, size_t last_line);

private:
  void find_numbers();
  void check_number(size_t first, size_t last);

  std::string text_;
  std::vector<size_t> starts_;
  std::vector<size_t> nul_lines_;
  struct overflow {
    size_t offset;
    std::string token;
  };
  std::vector<overflow> overflows_;
};

/// A part of a text for a message, as `visible_text` has it.
std::string excerpt(std::string_view text, size_t max_bytes = 256);

/// A path for a message, as `visible_text` has it.
inline std::string visible_path(std::string_view path) {
  return excerpt(path, 4096);
}

} // namespace rr
