// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include <caf/expected.hpp>
#include <caf/uri.hpp>

#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr size_t max_depth = 16;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The nanoseconds of a unit, or 0.
int64_t nanoseconds_of(std::string_view unit) noexcept {
  constexpr std::pair<std::string_view, int64_t> units[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000'000},
    {"s", 1000'000'000},
    {"min", 60'000'000'000},
    {"h", 3600'000'000'000},
  };
  for (auto& [name, factor] : units)
    if (name == unit)
      return factor;
  return 0;
}

/// Takes the prefix of a binary or hexadecimal number off.
int take_base(std::string_view& digits) noexcept {
  if (digits.size() < 2 || digits[0] != '0')
    return 10;
  auto letter = digits[1];
  auto is_binary = letter == 'b' || letter == 'B';
  if (!is_binary && letter != 'x' && letter != 'X')
    return is_digit(letter) ? 8 : 10;
  digits.remove_prefix(2);
  return is_binary ? 2 : 16;
}

} // namespace

bool config_reader::read(caf::config_value& result) {
  open_.clear();
  if (read_any(result))
    return true;
  if (at_end() && !open_.empty())
    fault_ = unclosed();
  return false;
}

bool config_reader::read_any(caf::config_value& result) {
  begin_ = at_;
  switch (auto c = peek()) {
    case '"':
      return read_text(result);
    case '\'':
      return read_atom(result);
    case '<':
      return read_uri(result);
    case '[':
      return read_list(result);
    case '{':
      return read_map(result);
    default:
      return is_digit(c) || c == '+' || c == '-' || c == '.'
               ? read_number(result)
               : read_word(result);
  }
}

bool config_reader::read_text(caf::config_value& result) {
  constexpr std::string_view escapes = "nrt\\\"";
  std::string value;
  for (++at_; !take('"'); ++at_) {
    auto next = char_at(at_ + 1);
    if (peek() == '\n' || (peek() == '\\' && next == '\n'))
      return fail(in_backquotes(failed_text()) + " lacks its closing quote"
                  + suspect_in(begin_, at_));
    if (peek() == '\0')
      return fail_value(" cannot be read");
    if (!take('\\')) {
      value += peek();
      continue;
    }
    auto i = escapes.find(next);
    if (i == escapes.npos)
      return fail_value(
        R"( has an escape sequence other than \n \r \t \\ \": )"
        + in_backquotes(text_.substr(at_ - 1, 1 + here().size()))
        + column_text(at_ - 1));
    value += "\n\r\t\\\""[i];
  }
  result = std::move(value);
  return true;
}

bool config_reader::read_atom(caf::config_value& result) {
  ++at_;
  while ((is_name_character(peek()) && peek() != '-') || peek() == ' ')
    ++at_;
  auto name = text_.substr(begin_ + 1, at_ - begin_ - 1);
  if (name.size() > 10 || !take('\''))
    return fail_value(" is no value (text stands in double quotes)");
  result = caf::atom_from_string({name.data(), name.size()});
  return true;
}

bool config_reader::read_word(caf::config_value& result) {
  auto word = take_name();
  if (word != "true" && word != "false")
    return fail_value(" is no value (text stands in double quotes)");
  result = word == "true";
  return true;
}

bool config_reader::read_number(caf::config_value& result) {
  while (is_name_character(peek()) || peek() == '+' || peek() == '.')
    ++at_;
  auto digits = text_.substr(begin_, at_ - begin_);
  auto is_negative = digits[0] == '-';
  if (is_negative || digits[0] == '+')
    digits.remove_prefix(1);
  auto all = digits;
  auto base = take_base(digits);
  uint64_t magnitude = 0;
  auto last = digits.data() + digits.size();
  auto [end, error] = std::from_chars(digits.data(), last, magnitude, base);
  std::string_view unit{end, static_cast<size_t>(last - end)};
  auto factor = unit.empty() ? 1 : nanoseconds_of(unit);
  if (base == 10 && unit.find_first_of(".eE") == 0)
    return read_real(result, all);
  if (error == std::errc::invalid_argument || factor == 0)
    return fail_value(" is neither a number nor a duration in ns, us, ms, s, "
                      "min or h");
  // The least number has no positive counterpart.
  auto limit = uint64_t{std::numeric_limits<int64_t>::max()} + is_negative;
  auto number = static_cast<int64_t>(is_negative ? 0 - magnitude : magnitude);
  if (error != std::errc{} || magnitude > limit
      || __builtin_mul_overflow(number, factor, &number))
    return fail_value(unit.empty() ? " is beyond 64 bits" : " is out of range");
  if (unit.empty())
    result = number;
  else
    result = caf::timespan{number};
  return true;
}

/// Rounds to the nearest, where CAF is off by some units in the last place.
bool config_reader::read_real(caf::config_value& result,
                              std::string_view digits) {
  double number = 0;
  auto last = digits.data() + digits.size();
  auto [end, error] = std::from_chars(digits.data(), last, number);
  if (nanoseconds_of({end, static_cast<size_t>(last - end)}) != 0)
    return fail_value(" is a fraction of a unit (write 1500ms, not 1.5s)");
  if (error == std::errc::invalid_argument || end != last)
    return fail_value(" is no number (text stands in double quotes)");
  if (error != std::errc{})
    return fail_value(" is out of range");
  result = text_[begin_] == '-' ? -number : number;
  return true;
}

bool config_reader::read_uri(caf::config_value& result) {
  auto end = std::min(text_.find('>', begin_), text_.size());
  auto inner = text_.substr(begin_ + 1, end - begin_ - 1);
  auto uri = caf::make_uri({inner.data(), inner.size()});
  if (end == text_.size() || !uri || inner.find_first_of(" \t\n") != inner.npos)
    return fail_value(" is no URI");
  result = std::move(*uri);
  at_ = end + 1;
  return true;
}

bool config_reader::read_list(caf::config_value& result) {
  if (!enter('['))
    return false;
  caf::config_value::list items;
  for (skip_space(); !take(']');) {
    if (!read_any(items.emplace_back()))
      return false;
    skip_space();
    if (take(','))
      skip_space();
    else if (peek() != ']')
      return fail_line();
  }
  open_.pop_back();
  result = std::move(items);
  return true;
}

bool config_reader::read_map(caf::config_value& result) {
  if (!enter('{'))
    return false;
  caf::settings items;
  for (skip_space(); !take('}');) {
    auto key = std::string{take_name()};
    if (items.contains(key))
      return fail("names " + in_backquotes(key) + " twice");
    if (key.empty() || !take_assignment())
      return fail_line();
    caf::config_value value;
    if (!read_any(value))
      return false;
    items.emplace(key, std::move(value));
    // The end of a line separates as a comma does.
    auto line_ended = skip_space();
    if (take(','))
      skip_space();
    else if (peek() != '}' && !line_ended)
      return fail_line();
  }
  open_.pop_back();
  result = std::move(items);
  return true;
}

bool config_reader::enter(char bracket) {
  ++at_;
  open_ += bracket;
  return open_.size() <= max_depth
         || fail("lists and maps nest more than " + std::to_string(max_depth)
                 + " deep");
}

std::string config_reader::unclosed() const {
  return std::string{"the "} + (open_.back() == '[' ? "list" : "map")
         + " that begins here is not closed";
}

bool config_reader::fail(std::string fault) {
  fault_ = std::move(fault);
  return false;
}

/// Shows the value alone where there is any of it.
bool config_reader::fail_value(std::string_view cause) {
  auto shown = failed_text();
  if (shown.empty())
    return open_.empty() ? fail("has no value") : fail_line();
  return fail(in_backquotes(shown) + std::string{cause} + suspect_here());
}

bool config_reader::fail_line() {
  return fail(in_backquotes(line_at(at_)) + " cannot be read" + suspect_here());
}

/// The value up to what ends one.
std::string_view config_reader::failed_text() const noexcept {
  std::string_view ends = open_.empty() ? "\n;" : "\n;,]}";
  auto end = begin_;
  while (end < text_.size() && ends.find(text_[end]) == ends.npos)
    end = past(end);
  return trimmed(text_.substr(begin_, end - begin_));
}

} // namespace rr
