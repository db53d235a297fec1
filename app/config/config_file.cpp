// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <map>

#include <caf/parser_state.hpp>
#include <caf/pec.hpp>

#include "app/config/config_reader.hpp"
#include "app/config/config_text.hpp"
#include "app/config/suggestion.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Where reading goes on after a syntax error.
struct recovery {
  size_t line = 0;
  std::string text;
  size_t blank_from = 0;
  size_t blank_to = 0;
};

std::string quoted(std::string_view text) {
  return '`' + excerpt(text) + '`';
}

/// A line for people who count its columns. Tabs are spaces here.
std::string whole_line(const config_text& text, size_t line) {
  auto begin = text.begin_of(line);
  std::string result{text.str().substr(begin, text.end_of(line) - begin)};
  std::ranges::replace(result, '\t', ' ');
  return result;
}

/// `: a non-breaking space (U+00A0) in column 3`.
std::string place_in(const std::string& line, size_t offset) {
  return ": " + name_of_character(std::string_view{line}.substr(offset))
         + " in column " + std::to_string(column_of(line, offset));
}

/// The first character of a line that cannot be seen, or is taken for another,
/// as above; else nothing.
std::string suspect_in(const config_text& text, size_t line) {
  auto whole = whole_line(text, line);
  auto found = find_suspect(whole);
  return found != whole.npos ? place_in(whole, found) : std::string{};
}

/// The same for the character at which the parser has stopped.
std::string suspect_at(const config_text& text, const reading& last) {
  auto offset = std::min(last.offset, text.str().size());
  auto line = text.line_of(offset);
  auto whole = whole_line(text, line);
  auto i = offset - text.begin_of(line);
  // It may have stopped in the midst of it.
  while (i > 0 && i < whole.size() && (whole[i] & 0xc0) == 0x80)
    --i;
  return i < whole.size()
             && find_suspect(std::string_view{whole}.substr(i)) == 0
           ? place_in(whole, i)
           : std::string{};
}

/// `: \q in column 3`.
std::string escape_at(const config_text& text, const reading& last) {
  auto offset = std::min(last.offset, text.str().size());
  auto line = text.line_of(offset);
  auto whole = std::string_view{text.str()}.substr(text.begin_of(line));
  auto i = offset - text.begin_of(line);
  if (i == 0 || i >= whole.size())
    return {};
  auto size = std::max(first_character(whole.substr(i)).size, size_t{1});
  return ": " + quoted(whole.substr(i - 1, size + 1)) + " in column "
         + std::to_string(column_of(whole, i - 1));
}

constexpr auto bad_escape
  = R"( has an escape sequence other than \n \r \t \\ \")";

/// What is wrong with a value that CAF's parser has refused.
std::string value_fault(const config_text& text, const reading& last) {
  auto raw = text.value_at(last.entry_offset);
  if (raw.empty())
    return "has no value";
  switch (last.code) {
    case caf::pec::integer_overflow:
    case caf::pec::integer_underflow:
      return quoted(raw) + " is beyond 64 bits";
    case caf::pec::fractional_timespan:
      return quoted(raw) + " is a fraction of a unit (write 1500ms, not 1.5s)";
    case caf::pec::illegal_escape_sequence:
      return quoted(raw) + bad_escape + escape_at(text, last);
    default:
      break;
  }
  if (raw[0] == '"' && std::ranges::count(raw, '"') == 1)
    return quoted(raw) + " lacks its closing quote"
           + suspect_in(text, text.line_of(last.entry_offset));
  if (raw[0] != '"' && raw[0] != '[' && raw[0] != '{'
      && !std::isdigit(static_cast<unsigned char>(raw[0])))
    return quoted(raw) + " is no value (text stands in double quotes)"
           + suspect_at(text, last);
  return quoted(raw) + " cannot be read" + suspect_at(text, last);
}

recovery recover_header(const config_text& text, size_t line) {
  auto to = line;
  while (to < text.lines() && !text.trimmed(to + 1).starts_with('['))
    ++to;
  return {line,
          quoted(text.trimmed(line))
            + " is no section header, expected [name] or [process.NAME]; the "
              "section is not checked"
            + suspect_in(text, line),
          line, to};
}

/// An error inside of a list or a map.
recovery recover_nested(const config_text& text, const reading& last) {
  auto first = text.line_of(last.entry_offset);
  auto line = text.line_of(last.offset);
  auto starts_anew = [&](size_t n) {
    return text.looks_like_header(n)
           || (last.in_list && text.looks_like_entry(n));
  };
  auto at_end = last.offset >= text.str().size();
  if (at_end || (line > first && starts_anew(line))) {
    auto to = first;
    while (to < text.lines() && !starts_anew(to + 1))
      ++to;
    return {first,
            std::string{"the "} + (last.in_list ? "list" : "map")
              + " that begins here is not closed",
            first, to};
  }
  if (!last.abort.empty())
    return {line, last.abort, first,
            std::max(line, text.closing_line(last.entry_offset))};
  auto cause = last.code == caf::pec::illegal_escape_sequence
                 ? bad_escape + escape_at(text, last)
                 : " cannot be read" + suspect_at(text, last);
  return {line, quoted(text.trimmed(line)) + cause, first,
          std::max(line, text.closing_line(last.entry_offset))};
}

recovery recover(const config_text& text, const reading& last) {
  auto line = text.line_of(std::min(last.offset, text.str().size()));
  if (last.in_entry && last.nested)
    return recover_nested(text, last);
  if (last.in_entry) {
    auto first = text.line_of(last.entry_offset);
    return {first, value_fault(text, last), first, first};
  }
  if (text.trimmed(line).starts_with('[') && last.abort.empty())
    return recover_header(text, line);
  if (!last.abort.empty())
    return {line, last.abort, line, line};
  if (text.trimmed(line).starts_with('#'))
    return {line, "a comment begins with `;`, not with `#`", line, line};
  return {line,
          quoted(text.trimmed(line))
            + " cannot be read, expected [section], key = value or ; comment"
            + suspect_in(text, line),
          line, line};
}

/// The key that a line begins with, if it does.
std::string leading_key(std::string_view line) {
  auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  };
  auto end = std::ranges::find_if_not(line, is_name);
  return excerpt({line.begin(), end});
}

/// Names the key of a fault where it is known.
void add_fault(config_file& faults, const config_text& text,
               const reading& last, const recovery& what) {
  if (last.in_entry && last.in_section) {
    config_entry entry;
    entry.group = last.group;
    entry.key = last.key;
    entry.line = what.line;
    entry.fault = what.text;
    faults.entries.push_back(std::move(entry));
    return;
  }
  config_fault fault{what.line, {}, {}, what.text, false};
  auto line = text.trimmed(what.line);
  if (last.in_section && !line.starts_with('[')) {
    fault.group = last.group;
    fault.key = leading_key(line);
  }
  faults.faults.push_back(std::move(fault));
}

/// Keeps the first of equal keys, and tells of sections that come again.
void find_duplicates(config_file& file) {
  std::map<std::string, size_t> sections;
  for (auto& section : file.sections) {
    auto [i, added] = sections.emplace(section.name, section.line);
    if (added)
      continue;
    auto fatal = section.name.starts_with("process.");
    auto first = std::to_string(i->second);
    auto text = fatal ? "is given twice, first in line " + first
                      : "is given twice, first in line " + first
                          + "; both are taken together";
    file.faults.push_back({section.line, section.name, {}, text, !fatal});
  }
  std::map<std::pair<std::string, std::string>, size_t> keys;
  std::erase_if(file.entries, [&](const config_entry& entry) {
    auto [i, added] = keys.emplace(std::pair{entry.group, entry.key},
                                   entry.line);
    if (!added)
      file.faults.push_back(
        {entry.line, entry.group, entry.key,
         "is given twice, first in line " + std::to_string(i->second), false});
    return !added;
  });
}

/// Lines with a NUL, which the parser takes for the end of the text.
void add_nul_faults(config_file& result, const config_text& text,
                    std::string_view str, size_t max_faults) {
  for (auto line : text.nul_lines()) {
    if (result.faults.size() == max_faults)
      break;
    auto begin = text.begin_of(line);
    auto whole = str.substr(begin, text.end_of(line) - begin);
    auto column = column_of(whole, whole.find('\0'));
    result.faults.push_back({line,
                             {},
                             {},
                             "holds a NUL (U+0000) in column "
                               + std::to_string(column) + ", expected text"});
  }
}

/// Lines that are no UTF-8.
void add_byte_faults(config_file& result, const config_text& text,
                     std::string_view str, size_t max_faults) {
  if (is_utf8(str))
    return;
  size_t count = 0;
  for (size_t line = 1; line <= text.lines() && count < max_faults; ++line) {
    auto begin = text.begin_of(line);
    auto whole = str.substr(begin, text.end_of(line) - begin);
    if (is_utf8(whole))
      continue;
    size_t i = 0;
    while (auto size = first_character(whole.substr(i)).size)
      i += size;
    ++count;
    result.faults.push_back(
      {line,
       {},
       {},
       "holds " + name_of_character(whole.substr(i)) + " in column "
         + std::to_string(column_of(whole, i)) + ", expected UTF-8",
       false,
       true});
  }
}

} // namespace

config_file parse_config(std::string_view str, size_t max_faults) {
  config_text text{str};
  config_file broken;
  add_nul_faults(broken, text, str, max_faults);
  auto last = read_once(text);
  while (last.failed()) {
    auto what = recover(text, last);
    if (broken.faults.size() + broken.entries.size() >= max_faults) {
      broken.faults.push_back({what.line,
                               {},
                               {},
                               "too many errors of syntax; what is wrong from "
                               "here on is not told",
                               false});
      break;
    }
    add_fault(broken, text, last, what);
    text.blank(what.blank_from, what.blank_to);
    last = read_once(text);
  }
  auto result = std::move(last.file);
  std::ranges::move(broken.faults, std::back_inserter(result.faults));
  std::ranges::move(broken.entries, std::back_inserter(result.entries));
  std::ranges::stable_sort(result.entries, {}, &config_entry::line);
  find_duplicates(result);
  add_byte_faults(result, text, str, max_faults);
  std::ranges::stable_sort(result.faults, {}, &config_fault::line);
  return result;
}

namespace {

/// Of a line that begins a section; nothing of another. No value that can be
/// read begins so.
std::string_view section_name(std::string_view line) {
  auto end = line.find(']');
  if (!line.starts_with('[') || end == line.npos)
    return {};
  auto words = split_words(line.substr(1, end - 1));
  auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'
           || c == '.';
  };
  if (words.size() != 1 || !std::ranges::all_of(words[0], is_name)
      || std::isdigit(static_cast<unsigned char>(words[0][0])))
    return {};
  return words[0];
}

} // namespace

std::string only_sections(std::string_view str,
                          std::span<const std::string> names) {
  config_text text{str};
  std::string result;
  auto wanted = false;
  for (size_t line = 1; line <= text.lines(); ++line) {
    if (auto name = section_name(text.trimmed(line)); !name.empty())
      wanted = std::ranges::find(names, name) != names.end();
    auto begin = text.begin_of(line);
    // As it was: what is wrong with a line that is left is to be told.
    if (wanted)
      result += str.substr(begin, text.end_of(line) - begin);
    if (line < text.lines())
      result += '\n';
  }
  return result;
}

caf::expected<caf::config_value> parse_literal(std::string_view text) {
  auto fail = [&](std::string cause) {
    return caf::make_error(ec::malformed, std::move(cause));
  };
  if (text.find('\n') != text.npos)
    return fail(quoted(text) + " has more than one line");
  auto file = parse_config("[x]\nx = " + std::string{text});
  if (!file.faults.empty())
    return fail(quoted(text) + " cannot be read");
  if (file.entries.size() != 1)
    return fail(quoted(text) + " is no value");
  // A column would count from what stands here before the value.
  if (auto& fault = file.entries[0].fault; !fault.empty())
    return fail(fault.substr(0, fault.find(" in column ")));
  return std::move(file.entries[0].value);
}

} // namespace rr
