// SPDX-License-Identifier: BSD-3-Clause
#include "app/config_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include <sys/stat.h>

#include <caf/parser_state.hpp>
#include <caf/pec.hpp>

#include "app/config_reader.hpp"
#include "app/config_text.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr size_t max_faults = 20;

constexpr size_t max_bytes = 16 * 1024 * 1024;

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
      return quoted(raw)
             + R"( has an escape sequence other than \n \r \t \\ \")";
    default:
      break;
  }
  if (raw[0] == '"' && std::ranges::count(raw, '"') == 1)
    return quoted(raw) + " lacks its closing quote";
  if (raw[0] != '"' && raw[0] != '[' && raw[0] != '{'
      && !std::isdigit(static_cast<unsigned char>(raw[0])))
    return quoted(raw) + " is no value (text stands in double quotes)";
  return quoted(raw) + " cannot be read";
}

recovery recover_header(const config_text& text, size_t line) {
  auto to = line;
  while (to < text.lines() && !text.trimmed(to + 1).starts_with('['))
    ++to;
  return {line,
          quoted(text.trimmed(line))
            + " is no section header, expected [name] or [process.NAME]; the "
              "section is not checked",
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
  auto cause = quoted(text.trimmed(line)) + " cannot be read";
  return {line, cause, first,
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
            + " cannot be read, expected [section], key = value or ; comment",
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

void add_nul_faults(config_file& result, const config_text& text) {
  for (auto line : text.nul_lines()) {
    if (result.faults.size() == max_faults)
      break;
    result.faults.push_back(
      {line, {}, {}, "holds a NUL byte, expected text", false});
  }
}

} // namespace

config_file parse_config(std::string_view str) {
  config_text text{str};
  config_file broken;
  add_nul_faults(broken, text);
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
  std::ranges::stable_sort(result.faults, {}, &config_fault::line);
  return result;
}

caf::expected<config_file> read_config_file(const std::string& path) {
  auto fail = [&](int cause) {
    return system_error("cannot read " + visible_path(path), cause);
  };
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0)
    return fail(errno);
  if (S_ISDIR(status.st_mode))
    return fail(EISDIR);
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return fail(errno);
  std::string text(max_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad())
    return fail(EIO);
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > max_bytes)
    return fail(EFBIG);
  return parse_config(text);
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
  if (!file.entries[0].fault.empty())
    return fail(file.entries[0].fault);
  return std::move(file.entries[0].value);
}

} // namespace rr
