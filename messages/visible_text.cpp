// SPDX-License-Identifier: BSD-3-Clause
#include "messages/visible_text.hpp"

#include <algorithm>
#include <cstdint>

#include "messages/utf8.hpp"

namespace rr {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

/// Controls, spaces, joiners, marks of direction, fillers, tags.
constexpr range invisible[] = {
  {0x00, 0x1f},     {0x7f, 0xa0},     {0xad, 0xad},       {0x034f, 0x034f},
  {0x061c, 0x061c}, {0x115f, 0x1160}, {0x1680, 0x1680},   {0x17b4, 0x17b5},
  {0x180b, 0x180f}, {0x2000, 0x200f}, {0x2028, 0x202f},   {0x205f, 0x206f},
  {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},   {0xfeff, 0xfeff},
  {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe01ef},
};

struct named {
  char32_t code;
  std::string_view name;
};

constexpr named names[] = {
  {0x00, "a NUL"},
  {0x09, "a tab"},
  {0x0b, "a vertical tab"},
  {0x0c, "a form feed"},
  {0x0d, "a carriage return"},
  {0x1b, "an escape character"},
  {0xa0, "a non-breaking space"},
  {0xad, "a soft hyphen"},
  {0x200b, "a zero-width space"},
  {0x200c, "a zero-width non-joiner"},
  {0x200d, "a zero-width joiner"},
  {0x2010, "a hyphen that is not -"},
  {0x2011, "a non-breaking hyphen"},
  {0x2012, "a dash that is not -"},
  {0x2013, "a dash that is not -"},
  {0x2014, "a dash that is not -"},
  {0x2212, "a minus that is not -"},
  {0x2018, "a curly quote"},
  {0x2019, "a curly quote"},
  {0x201a, "a curly quote"},
  {0x201c, "a curly quote"},
  {0x201d, "a curly quote"},
  {0x201e, "a curly quote"},
  {0x2028, "a line separator"},
  {0x2029, "a paragraph separator"},
  {0x202f, "a narrow non-breaking space"},
  {0x2060, "a word joiner"},
  {0x3000, "an ideographic space"},
  {0xfeff, "a byte order mark"},
  {0xff1a, "a colon that is not :"},
  {0xff1d, "an equals sign that is not ="},
};

const named* find_name(char32_t code) noexcept {
  auto found = std::ranges::find(names, code, &named::code);
  return found != std::end(names) ? found : nullptr;
}

std::string hexadecimal(char32_t code, size_t width, const char* digits) {
  std::string result;
  for (; code != 0 || result.size() < width; code >>= 4)
    result.insert(result.begin(), digits[code & 15]);
  return result;
}

std::string_view kind_of(char32_t code) noexcept {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return "a control character";
  if (code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x205f)
    return "a space that is not U+0020";
  if (code == 0x061c || code == 0x200e || code == 0x200f
      || (code >= 0x202a && code <= 0x202e)
      || (code >= 0x2066 && code <= 0x2069))
    return "a mark of writing direction";
  return is_invisible(code) ? "an invisible character" : "";
}

std::string escape(char32_t code) {
  if (code == '\t')
    return "\\t";
  if (code == '\n')
    return "\\n";
  if (code == '\r')
    return "\\r";
  constexpr auto digits = "0123456789abcdef";
  if (code < 0x80)
    return "\\x" + hexadecimal(code, 2, digits);
  return "\\u" + hexadecimal(code, 4, digits);
}

} // namespace

bool is_invisible(char32_t code) noexcept {
  return std::ranges::any_of(invisible, [code](const range& x) {
    return code >= x.first && code <= x.last;
  });
}

std::string visible_text(std::string_view text, size_t max_bytes) {
  std::string result;
  auto left = max_bytes;
  while (!text.empty()) {
    auto [code, size] = first_character(text);
    auto step = std::max(size, size_t{1});
    if (step > left)
      return result + "...";
    if (size == 0)
      result += "\\x"
                + hexadecimal(static_cast<uint8_t>(text[0]), 2,
                              "0123456789abcdef");
    else if (is_invisible(code))
      result += escape(code);
    else
      result += text.substr(0, size);
    text.remove_prefix(step);
    left -= step;
  }
  return result;
}

size_t find_suspect(std::string_view text) noexcept {
  for (size_t i = 0; i < text.size();) {
    auto [code, size] = first_character(text.substr(i));
    if (size == 0 || (code != '\n' && (is_invisible(code) || find_name(code))))
      return i;
    i += size;
  }
  return text.npos;
}

std::string name_of_character(std::string_view text) {
  constexpr auto digits = "0123456789ABCDEF";
  auto [code, size] = first_character(text);
  if (size == 0)
    return "a byte that is no UTF-8 (0x"
           + hexadecimal(static_cast<uint8_t>(text[0]), 2, digits) + ")";
  auto number = "U+" + hexadecimal(code, 4, digits);
  if (auto known = find_name(code))
    return std::string{known->name} + " (" + number + ")";
  if (auto kind = kind_of(code); !kind.empty())
    return std::string{kind} + " (" + number + ")";
  return '`' + std::string{text.substr(0, size)} + "` (" + number + ")";
}

size_t column_of(std::string_view line, size_t offset) noexcept {
  size_t result = 1;
  for (size_t i = 0; i < std::min(offset, line.size());) {
    i += std::max(first_character(line.substr(i)).size, size_t{1});
    if (i <= offset)
      ++result;
  }
  return result;
}

} // namespace rr
