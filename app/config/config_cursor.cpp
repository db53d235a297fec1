// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_cursor.hpp"

#include <algorithm>

#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string in_backquotes(std::string_view text) {
  return '`' + visible_text(text) + '`';
}

size_t config_cursor::line_begin(size_t at) const noexcept {
  return at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
}

size_t config_cursor::line_end(size_t at) const noexcept {
  return std::min(text_.find('\n', at), text_.size());
}

std::string_view config_cursor::line_at(size_t at) const noexcept {
  auto begin = line_begin(at);
  return trimmed(text_.substr(begin, line_end(at) - begin));
}

size_t config_cursor::line_number() noexcept {
  auto [first, last] = std::minmax(counted_, at_);
  auto part = text_.substr(first, last - first);
  auto lines = static_cast<size_t>(std::ranges::count(part, '\n'));
  number_ = at_ < counted_ ? number_ - lines : number_ + lines;
  counted_ = at_;
  return number_;
}

size_t config_cursor::past(size_t at) const noexcept {
  auto first = text_[at++];
  if (first == ';')
    return line_end(at);
  if (first != '"' && first != '\'')
    return at;
  for (; at < text_.size() && text_[at] != '\n'; ++at) {
    if (text_[at] == first)
      return at + 1;
    if (first == '"' && text_[at] == '\\' && char_at(at + 1) != '\n')
      ++at;
  }
  return at;
}

bool config_cursor::take(char c) noexcept {
  auto result = at_ < text_.size() && text_[at_] == c;
  at_ += result;
  return result;
}

std::string_view config_cursor::take_name() noexcept {
  auto begin = at_;
  while (is_name_character(peek()))
    ++at_;
  return text_.substr(begin, at_ - begin);
}

bool config_cursor::take_assignment() noexcept {
  skip_blanks();
  auto result = take('=') || peek() == '{';
  skip_blanks();
  return result;
}

void config_cursor::skip_blanks() noexcept {
  while (peek() == ' ' || peek() == '\t'
         || (peek() == '\r' && char_at(at_ + 1) == '\n'))
    ++at_;
}

bool config_cursor::skip_space() noexcept {
  auto begin = at_;
  for (skip_blanks(); !at_end() && (peek() == '\n' || peek() == ';');
       skip_blanks()) {
    at_ = line_end(at_);
    take('\n');
  }
  return text_.substr(begin, at_ - begin).find('\n') != text_.npos;
}

/// Tabs are spaces here, and so is the carriage return before a line feed.
std::string config_cursor::suspect_in(size_t first, size_t last) const {
  auto part = text_.substr(0, last);
  if (last == line_end(first) && part.ends_with('\r'))
    part.remove_suffix(1);
  for (auto i = first; i < part.size(); ++i) {
    i += std::min(find_suspect(part.substr(i)), part.size() - i);
    if (i < part.size() && part[i] != '\t')
      return ": " + name_of_character(part.substr(i)) + column_text(i);
  }
  return {};
}

std::string config_cursor::suspect_here() const {
  return suspect_in(at_, at_ + here().size());
}

/// The character here, or the byte where it is no UTF-8.
std::string_view config_cursor::here() const noexcept {
  auto rest = text_.substr(at_);
  return rest.substr(0, std::max(first_character(rest).size, size_t{1}));
}

std::string config_cursor::column_text(size_t at) const {
  auto begin = line_begin(at);
  return " in column "
         + std::to_string(column_of(text_.substr(begin), at - begin));
}

} // namespace rr
