// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_file.hpp"

#include <algorithm>
#include <map>

#include "app/config/config_reader.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr auto wrong_comment = "a comment begins with `;`, not with `#`";

/// The name in a line that begins a section, else nothing. No value that can be
/// read begins so.
std::string_view section_name(std::string_view line) {
  auto end = line.find(']');
  if (!line.starts_with('[') || end == line.npos)
    return {};
  auto name = trimmed(line.substr(1, end - 1));
  auto fits = [](char c) { return is_name_character(c) || c == '.'; };
  if (name.empty() || !std::ranges::all_of(name, fits)
      || (name[0] >= '0' && name[0] <= '9'))
    return {};
  return name;
}

/// Whether a line is `[name]` and nothing else.
bool is_header(std::string_view line) {
  if (section_name(line).empty())
    return false;
  auto rest = trimmed(line.substr(line.find(']') + 1));
  return rest.empty() || rest[0] == ';';
}

/// Whether a line begins with `key =` or `key {`.
bool begins_entry(std::string_view line) {
  config_cursor in{line};
  return !in.take_name().empty() && in.take_assignment();
}

/// Reads sections and entries, and goes on after an error.
class file_reader {
public:
  file_reader(std::string_view text, size_t max_faults)
    : in_(text),
      faults_left_(max_faults) {
  }

  config_file read() {
    for (in_.skip_space(); !in_.at_end(); in_.skip_space())
      if (in_.peek() == '[')
        read_header();
      else
        read_entry();
    return std::move(result_);
  }

private:
  void read_header() {
    auto line = in_.line_number();
    std::string name;
    in_.take('[');
    in_.skip_blanks();
    do {
      auto part = in_.take_name();
      if (part.empty() || part[0] == '-')
        return refuse_line();
      name.append(name.empty() ? "" : ".").append(part);
    } while (in_.take('.'));
    // CAF takes no blank behind a name with a dot.
    if (name.find('.') == name.npos)
      in_.skip_blanks();
    if (!in_.take(']'))
      return refuse_line();
    begin_section(std::move(name), line);
  }

  void begin_section(std::string name, size_t line) {
    result_.sections.push_back({name, line});
    group_ = std::move(name);
  }

  void read_entry() {
    config_entry entry;
    entry.key = in_.take_name();
    if (entry.key.empty() || entry.key[0] == '-' || !in_.take_assignment())
      return refuse_line();
    entry.line = in_.line_number();
    if (group_.empty())
      begin_section("global", entry.line);
    entry.group = group_;
    auto begin = in_.at();
    if (!in_.read(entry.value)) {
      entry.fault = in_.fault();
      pass_value(entry, begin);
      add_entry(std::move(entry));
      return;
    }
    in_.skip_blanks();
    if (in_.peek() == '\n' || in_.peek() == ';')
      add_entry(std::move(entry));
    else
      refuse_rest(entry);
  }

  /// Goes behind a value that cannot be read: to the end of the line, or of the
  /// line in which its bracket closes.
  void pass_value(config_entry& entry, size_t begin) {
    auto failed = in_.at();
    if (in_.open().empty())
      return in_.go(in_.line_end(failed));
    auto line = in_.line_number();
    auto text = in_.text();
    auto end = text.size();
    size_t depth = 0;
    for (auto i = begin; i < text.size(); i = in_.past(i)) {
      if (text[i] == '[' || text[i] == '{')
        ++depth;
      else if (text[i] == ']' || text[i] == '}')
        --depth;
      if (depth == 0 || (text[i] == '\n' && starts_anew(in_.line_at(i + 1)))) {
        end = depth == 0 ? std::max(i, failed) : i;
        break;
      }
    }
    // An error behind the end comes of the bracket that is missing before.
    if (failed > end || failed == text.size())
      entry.fault = in_.unclosed();
    else
      entry.line = line;
    in_.go(in_.line_end(end));
  }

  /// Whether a line shows that a bracket has been forgotten before it.
  bool starts_anew(std::string_view line) const {
    return is_header(line) || (in_.open().back() == '[' && begins_entry(line));
  }

  /// Text behind a value.
  void refuse_rest(const config_entry& entry) {
    config_fault fault{
      .line = in_.line_number(), .group = entry.group, .key = entry.key};
    fault.text = in_.peek() == '#'
                   ? wrong_comment
                   : "more text than one value, expected the end of the line"
                       + in_.suspect_here();
    in_.go(in_.line_end(in_.at()));
    add_fault(std::move(fault));
  }

  /// A line that is neither a header nor an entry.
  void refuse_line() {
    auto begin = in_.line_begin(in_.at());
    auto end = in_.line_end(begin);
    auto line = in_.line_at(begin);
    auto suspect = in_.suspect_in(begin, end);
    config_fault fault{.line = in_.line_number(), .text = in_backquotes(line)};
    if (line.starts_with('[')) {
      fault.text += " is no section header, expected [name] or "
                    "[process.NAME]; the section is not checked"
                    + suspect;
      while (end < in_.text().size() && !in_.line_at(end + 1).starts_with('['))
        end = in_.line_end(end + 1);
    } else {
      fault.group = group_;
      fault.key = visible_text(config_cursor{line}.take_name());
      if (line.starts_with('#'))
        fault.text = wrong_comment;
      else
        fault.text += " cannot be read, expected [section], key = value or ; "
                      "comment"
                      + suspect;
    }
    in_.go(end);
    add_fault(std::move(fault));
  }

  void add_entry(config_entry entry) {
    if (entry.fault.empty() || has_room(entry.line))
      result_.entries.push_back(std::move(entry));
  }

  void add_fault(config_fault fault) {
    if (has_room(fault.line))
      result_.faults.push_back(std::move(fault));
  }

  /// Whether one more fault may be told. If not, that is told instead, and it
  /// is the end.
  bool has_room(size_t line) {
    if (faults_left_ > 0)
      return faults_left_-- > 0;
    result_.faults.push_back(
      {.line = line,
       .text = "too many errors of syntax; what is wrong from here on is not "
               "told"});
    in_.go(in_.text().size());
    return false;
  }

  config_reader in_;
  size_t faults_left_;
  config_file result_;
  std::string group_;
};

/// Keeps the first of equal keys, and tells of sections that come again.
void find_duplicates(config_file& file) {
  std::map<std::string, size_t> sections;
  for (auto& section : file.sections) {
    auto [i, added] = sections.emplace(section.name, section.line);
    if (added)
      continue;
    auto fatal = section.name.starts_with("process.");
    auto text = "is given twice, first in line " + std::to_string(i->second)
                + (fatal ? "" : "; both are taken together");
    file.faults.push_back({.line = section.line,
                           .group = section.name,
                           .text = text,
                           .is_warning = !fatal});
  }
  std::map<std::pair<std::string, std::string>, size_t> keys;
  std::erase_if(file.entries, [&](const config_entry& entry) {
    auto [i, added] = keys.emplace(std::pair{entry.group, entry.key},
                                   entry.line);
    if (!added)
      file.faults.push_back(
        {.line = entry.line,
         .group = entry.group,
         .key = entry.key,
         .text = "is given twice, first in line " + std::to_string(i->second)});
    return !added;
  });
}

/// Tells of the first NUL, or byte that is no UTF-8, in each line.
void check_bytes(config_file& file, std::string_view text, size_t max_faults) {
  if (is_utf8(text) && text.find('\0') == text.npos)
    return;
  config_cursor in{text};
  for (size_t count = 0; !in.at_end() && count < max_faults;) {
    auto [code, size] = first_character(text.substr(in.at()));
    if (size > 0 && code != 0) {
      in.go(in.at() + size);
      continue;
    }
    auto what = name_of_character(text.substr(in.at()));
    file.faults.push_back({.line = in.line_number(),
                           .text = "holds " + what + in.column_text(in.at())
                                   + ", expected "
                                   + (size > 0 ? "text" : "UTF-8"),
                           .is_text = true});
    ++count;
    in.go(in.line_end(in.at()));
  }
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\ufeff";
  return text.substr(text.starts_with(mark) ? mark.size() : 0);
}

} // namespace

config_file parse_config(std::string_view text, size_t max_faults) {
  text = without_byte_order_mark(text);
  auto result = file_reader{text, max_faults}.read();
  find_duplicates(result);
  check_bytes(result, text, max_faults);
  std::ranges::stable_sort(result.faults, {}, &config_fault::line);
  return result;
}

std::string only_sections(std::string_view text,
                          std::span<const std::string> names) {
  text = without_byte_order_mark(text);
  std::string result;
  auto wanted = false;
  for (size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    auto line = text.substr(begin, end - begin);
    if (auto name = section_name(trimmed(line)); !name.empty())
      wanted = std::ranges::find(names, name) != names.end();
    // As it was: what is wrong with a line that is left is to be told.
    result += wanted ? line : "\n";
    begin = end;
  }
  return result;
}

caf::expected<caf::config_value> parse_literal(std::string_view text) {
  auto fail = [](std::string cause) {
    return caf::make_error(ec::malformed, std::move(cause));
  };
  if (text.find('\n') != text.npos)
    return fail(in_backquotes(text) + " has more than one line");
  config_reader in{text};
  caf::config_value result;
  in.skip_blanks();
  if (!in.read(result))
    return fail(in.fault());
  in.skip_space();
  if (!in.at_end() || !is_utf8(text) || text.find('\0') != text.npos)
    return fail(in_backquotes(text) + " cannot be read");
  return result;
}

} // namespace rr
