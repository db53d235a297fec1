// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <caf/config_value.hpp>

#include "app/config/config_cursor.hpp"

namespace rr {

/// Reads the values of a configuration file, those of CAF's files: "text",
/// 'atom', 12, 0x1f, 1.5, 250ms, true, <uri>, [lists] and { key = value } maps.
///
/// A test holds that it reads what CAF 0.17 reads, but for what CAF takes by
/// mistake: a sign or `0x` without a digit for 0, and what is beyond the range
/// of a duration or a real number for anything. Lists and maps nest 16 deep at
/// most, for reading them recurses.
class config_reader : public config_cursor {
public:
  using config_cursor::config_cursor;

  /// Passes a value. Where it cannot be read, stops at what is wrong.
  bool read(caf::config_value& result);

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

  bool fail(std::string fault);
  bool fail_value(std::string_view cause);
  bool fail_line();
  std::string_view failed_text() const noexcept;

  /// Where the value begins that is being read, lists and maps excepted.
  size_t begin_ = 0;
  std::string open_;
  std::string fault_;
};

} // namespace rr
