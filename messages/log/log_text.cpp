// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_text.hpp"

#include <charconv>

namespace rr::log_text {

namespace {

template <class T>
void append_chars(std::string& out, T number) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
  out.append(buffer, end);
}

/// Appends a number of a known width, with leading zeros.
template <class T>
void append_digits(std::string& out, T number, size_t width) {
  char buffer[20];
  for (auto i = width; i-- > 0; number /= 10)
    buffer[i] = static_cast<char>('0' + number % 10);
  out.append(buffer, width);
}

void append_hex(std::string& out, char32_t code, int width) {
  for (auto shift = 4 * (width - 1); shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(code >> shift) & 0xF];
}

struct decoded {
  char32_t code = 0;
  /// Zero when the text does not begin with UTF-8.
  size_t size = 0;
};

/// Shortest forms only, no surrogates, nothing above U+10FFFF.
decoded decode(std::string_view text) noexcept {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return {first, 1};
  size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size)
    return {};
  char32_t code = first & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  if ((size == 3 && code < 0x800) || (size == 4 && code < 0x10000)
      || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return {};
  return {code, size};
}

bool is_obeyed(char32_t code) noexcept {
  auto within = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  return code < 0x20 || within(0x7F, 0x9F) || code == 0x061C
         || within(0x200E, 0x200F) || within(0x2028, 0x202E)
         || within(0x2066, 0x206F) || code == 0xFEFF || within(0xFFF9, 0xFFFB);
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += code < 0x80 ? "\\x" : "\\u";
      append_hex(out, code, code < 0x80 ? 2 : 4);
  }
}

} // namespace

void append_time(std::string& out, std::chrono::system_clock::time_point time,
                 char separator, int digits) {
  using namespace std::chrono;
  auto day = floor<days>(time);
  auto date = year_month_day{day};
  auto clock = hh_mm_ss{floor<microseconds>(time - day)};
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += separator;
  append_digits(out, clock.hours().count(), 2);
  out += ':';
  append_digits(out, clock.minutes().count(), 2);
  out += ':';
  append_digits(out, clock.seconds().count(), 2);
  out += '.';
  append_digits(out, clock.subseconds().count(), 6);
  out.resize(out.size() - 6 + static_cast<size_t>(digits));
}

void append_number(std::string& out, bool flag) {
  out += flag ? "true" : "false";
}

void append_number(std::string& out, int64_t number) {
  append_chars(out, number);
}

void append_number(std::string& out, uint64_t number) {
  append_chars(out, number);
}

void append_number(std::string& out, double number) {
  auto begin = out.size();
  append_chars(out, number);
  if (out.find_first_of(".en", begin) == std::string::npos)
    out += ".0";
}

bool is_reserved(std::string_view name) noexcept {
  return name == "event" || name == "level" || name == "timestamp"
         || name == "app";
}

void append_visible(std::string& out, std::string_view text, bool quoted) {
  while (!text.empty()) {
    auto [code, size] = decode(text);
    if (size == 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text[0]), 2);
      text.remove_prefix(1);
      continue;
    }
    if (quoted && (code == '"' || code == '\\'))
      out += '\\';
    if (is_obeyed(code))
      append_escape(out, code);
    else
      out += text.substr(0, size);
    text.remove_prefix(size);
  }
}

} // namespace rr::log_text
