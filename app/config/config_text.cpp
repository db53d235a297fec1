// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr std::string_view blanks = " \t\r";

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_number_char(char c) noexcept {
  return is_name_char(c) || c == '+' || c == '.';
}

/// Walks over a text and tells what is neither in quotes nor in a comment.
class plain_walker {
public:
  bool plain(char c) noexcept {
    if (c == '\n')
      quote_ = '\0';
    else if (escaped_)
      escaped_ = false;
    else if (quote_ == '"' && c == '\\')
      escaped_ = true;
    else if (quote_ != '\0')
      quote_ = c == quote_ && c != ';' ? '\0' : quote_;
    else if (c == '"' || c == '\'' || c == ';')
      quote_ = c;
    else
      return true;
    return false;
  }

  bool in_comment() const noexcept {
    return quote_ == ';';
  }

private:
  char quote_ = '\0';
  bool escaped_ = false;
};

/// The unit that a text begins with, or 0.
int64_t nanoseconds_of(std::string_view text) noexcept {
  constexpr std::pair<std::string_view, int64_t> units[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000'000},
    {"s", 1000'000'000},
    {"min", 60'000'000'000},
    {"h", 3600'000'000'000},
  };
  for (auto& [name, factor] : units)
    if (text.starts_with(name))
      return factor;
  return 0;
}

/// Takes the prefix of a binary, octal or hexadecimal number off.
int take_base(std::string_view& digits) noexcept {
  auto begins = [&](char x, char y) {
    return digits.size() > 1 && digits[0] == '0'
           && (digits[1] == x || digits[1] == y);
  };
  if (begins('x', 'X') || begins('b', 'B')) {
    auto base = digits[1] == 'x' || digits[1] == 'X' ? 16 : 2;
    digits.remove_prefix(2);
    return base;
  }
  return digits.size() > 1 && digits[0] == '0' ? 8 : 10;
}

/// Whether CAF's parser would overflow on a number: on a duration beyond 64
/// bits of nanoseconds, and on an exponent of more than four digits.
bool overflows_parser(std::string_view token) noexcept {
  if (token[0] == '+' || token[0] == '-')
    token.remove_prefix(1);
  if (token.empty() || (token[0] != '.' && (token[0] < '0' || token[0] > '9')))
    return false;
  auto base = take_base(token);
  uint64_t number = 0;
  auto last = token.data() + token.size();
  auto [end, error] = std::from_chars(token.data(), last, number, base);
  if (error == std::errc{})
    if (auto unit = nanoseconds_of({end, static_cast<size_t>(last - end)}))
      return number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()
                                            / unit);
  auto exponent = base != 16 ? token.find_first_of("eE") : token.npos;
  if (exponent == token.npos || exponent + 6 > token.size())
    return false;
  auto sign = token[exponent + 1] == '+' || token[exponent + 1] == '-' ? 1u
                                                                       : 0u;
  return token.find_first_not_of("0123456789.") == exponent
         && token.find_first_not_of("0123456789", exponent + 1 + sign)
              == token.npos;
}

} // namespace

config_text::config_text(std::string_view text) : text_(text), starts_{0} {
  if (text_.starts_with("\xef\xbb\xbf"))
    std::fill_n(text_.begin(), 3, ' ');
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] != '\n')
      continue;
    starts_.push_back(i + 1);
    if (i > 0 && text_[i - 1] == '\r')
      text_[i - 1] = ' ';
  }
  if (!text_.empty() && text_.back() == '\r')
    text_.back() = ' ';
  for (size_t i = 0; (i = text_.find('\0', i)) != text_.npos;) {
    nul_lines_.push_back(line_of(i));
    blank(nul_lines_.back(), nul_lines_.back());
  }
  find_numbers();
}

void config_text::find_numbers() {
  plain_walker walker;
  for (size_t i = 0; i < text_.size(); ++i) {
    if (!walker.plain(text_[i]) || !is_number_char(text_[i]))
      continue;
    // A token has no quote, so that the walker may skip it.
    auto last = i;
    while (last < text_.size() && is_number_char(text_[last]))
      ++last;
    check_number(i, last);
    i = last - 1;
  }
}

void config_text::check_number(size_t first, size_t last) {
  auto token = std::string_view{text_}.substr(first, last - first);
  if (!overflows_parser(token))
    return;
  overflows_.push_back({first, std::string{token}});
  std::fill(text_.begin() + static_cast<ptrdiff_t>(first),
            text_.begin() + static_cast<ptrdiff_t>(last), ' ');
  text_[first] = '0';
}

std::string_view config_text::overflow_in(size_t first,
                                          size_t last) const noexcept {
  auto i = std::ranges::lower_bound(overflows_, first, {}, &overflow::offset);
  if (i == overflows_.end() || i->offset >= last)
    return {};
  return i->token;
}

size_t config_text::line_of(size_t offset) const noexcept {
  auto i = std::ranges::upper_bound(starts_, offset);
  return static_cast<size_t>(i - starts_.begin());
}

size_t config_text::begin_of(size_t line) const noexcept {
  return starts_[line - 1];
}

size_t config_text::end_of(size_t line) const noexcept {
  return line < starts_.size() ? starts_[line] - 1 : text_.size();
}

std::string_view config_text::trimmed(size_t line) const noexcept {
  auto begin = begin_of(line);
  auto result = str().substr(begin, end_of(line) - begin);
  result.remove_prefix(
    std::min(result.find_first_not_of(blanks), result.size()));
  return result.substr(0, result.find_last_not_of(blanks) + 1);
}

bool config_text::looks_like_header(size_t line) const noexcept {
  auto x = trimmed(line);
  if (!x.starts_with('['))
    return false;
  auto end = std::min(x.find(']'), x.size());
  auto inner = x.substr(1, end - 1);
  auto rest = x.substr(std::min(end + 1, x.size()));
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  auto named = [](char c) { return is_name_char(c) || c == '.'; };
  return end < x.size() && !inner.empty() && std::ranges::all_of(inner, named)
         && (inner[0] < '0' || inner[0] > '9')
         && (rest.empty() || rest[0] == ';');
}

bool config_text::looks_like_entry(size_t line) const noexcept {
  auto x = trimmed(line);
  auto i = std::ranges::find_if_not(x, is_name_char);
  auto name = static_cast<size_t>(i - x.begin());
  auto next = x.find_first_not_of(blanks, name);
  return name > 0 && next != x.npos && (x[next] == '=' || x[next] == '{');
}

std::string_view config_text::value_at(size_t offset) const noexcept {
  auto last = end_of(line_of(offset));
  auto first = offset;
  if (first < last && text_[first] == '=')
    ++first;
  plain_walker walker;
  auto end = first;
  for (; end < last; ++end)
    if (!walker.plain(text_[end]) && walker.in_comment())
      break;
  auto result = str().substr(first, end - first);
  result.remove_prefix(
    std::min(result.find_first_not_of(blanks), result.size()));
  return result.substr(0, result.find_last_not_of(blanks) + 1);
}

size_t config_text::closing_line(size_t offset) const noexcept {
  plain_walker walker;
  size_t depth = 0;
  for (auto i = offset; i < text_.size(); ++i) {
    auto c = text_[i];
    if (c == '\n' && i + 1 < text_.size() && looks_like_header(line_of(i + 1)))
      return 0;
    if (!walker.plain(c))
      continue;
    if (c == '[' || c == '{')
      ++depth;
    else if ((c == ']' || c == '}') && depth > 0 && --depth == 0)
      return line_of(i);
  }
  return 0;
}

void config_text::blank(size_t first_line, size_t last_line) {
  auto first = text_.begin() + static_cast<ptrdiff_t>(begin_of(first_line));
  auto last = text_.begin() + static_cast<ptrdiff_t>(end_of(last_line));
  std::replace_if(
    first, last, [](char c) { return c != '\n'; }, ' ');
}

std::string excerpt(std::string_view text, size_t max_bytes) {
  return visible_text(text, max_bytes);
}

} // namespace rr
