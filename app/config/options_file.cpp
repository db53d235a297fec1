// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>

#include "app/config/option_value.hpp"
#include "app/config/options_reader.hpp"
#include "app/config/suggestion.hpp"
#include "messages/error.hpp"
#include "messages/name.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

constexpr std::string_view process_prefix = "process.";

config_place in_line(size_t line) noexcept {
  return {config_place::source::file, line};
}

/// The groups of what is needed.
std::vector<std::string> sections_of(const option_needs& needs) {
  std::vector<std::string> result;
  for (auto& name : needs.names)
    result.push_back(name.substr(0, name.find('.')));
  return result;
}

} // namespace

void options_reader::read_file() {
  auto& name = sources_.file;
  if (name.empty())
    return;
  problems_.file(visible_path(name));
  std::error_code ignored;
  auto path = std::filesystem::absolute(name, ignored).lexically_normal();
  // Children cannot read a pipe once more, and there is nothing beside it.
  if (auto text = path.string();
      !text.starts_with("/dev/") && !text.starts_with("/proc/")) {
    result_.file_ = text;
    folder_ = path.parent_path().string();
  }
  if (!is_utf8(result_.file_) && !needs_)
    problems_.error(in_line(0), {}, {},
                    "lies at a path that is not UTF-8, expected "
                    "another name or folder");
  if (!sources_.text) {
    problems_.error(in_line(0), {}, {}, describe(sources_.text.error()));
    return;
  }
  auto file
    = needs_
        ? parse_config(only_sections(*sources_.text, sections_of(*needs_)), 200)
        : parse_config(*sources_.text);
  take_sections(file);
  for (auto& entry : file.entries)
    take_entry(entry);
  for (auto& fault : file.faults) {
    auto at = in_line(fault.line);
    auto tell = fault.is_warning ? &problem_list::warning
                                 : &problem_list::error;
    if (!fault.is_text || !problems_.has(at))
      (problems_.*tell)(at, fault.group, fault.key, fault.text);
  }
}

bool options_reader::is_section(std::string_view name) const {
  auto of_group = [=](const option_row& row) { return row.group == name; };
  return std::ranges::any_of(option_table(), of_group)
         || !caf_.keys(name).empty();
}

std::string options_reader::unknown_section(std::string_view name) const {
  std::vector<std::string_view> known;
  for (auto& row : option_table())
    if (known.empty() || known.back() != row.group)
      known.push_back(row.group);
  known.push_back("process");
  std::ranges::copy(caf_.sections(), std::back_inserter(known));
  auto text = std::string{"unknown section"};
  auto dot = name.find('.');
  if (name == "process")
    return text + ", expected [process.NAME]";
  if (dot != name.npos && nearest_name(name.substr(0, dot), known) == "process")
    return text + ", did you mean \"process" + std::string{name.substr(dot)}
           + "\"?";
  return text + expected_one_of(name, known);
}

void options_reader::take_sections(const config_file& file) {
  for (auto& section : file.sections) {
    auto at = in_line(section.line);
    auto has_entry = [&](const config_entry& x) { return x.group == "global"; };
    if (section.name.starts_with(process_prefix)) {
      auto name = section.name.substr(process_prefix.size());
      if (is_name(name))
        process(name, at);
      else
        problems_.error(at, section.name, {},
                        "is no name of a process, expected 1 to 32 characters "
                        "of a-z, 0-9 and -");
      // What stands before all sections is told with each of its entries.
    } else if (section.name == "global"
                 ? std::ranges::none_of(file.entries, has_entry)
                 : !is_section(section.name)) {
      problems_.error(at, section.name, {}, unknown_section(section.name));
    }
  }
}

void options_reader::take_entry(const config_entry& entry) {
  auto at = in_line(entry.line);
  auto in_process = entry.group.starts_with(process_prefix);
  auto row = in_process ? find_process_key(entry.key)
                        : find_option(entry.group, entry.key);
  auto value = [&]() -> value_or_error {
    if (!entry.fault.empty())
      return caf::make_error(ec::malformed,
                             entry.fault + ", expected " + expectation(*row));
    return check_value(*row, entry.value);
  };
  if (entry.group == "global" || entry.group.empty()) {
    problems_.error(at, {}, entry.key,
                    "stands before any section, expected [section] above it");
  } else if (in_process) {
    auto name = entry.group.substr(process_prefix.size());
    if (!row)
      problems_.error(at, entry.group, entry.key,
                      unknown_key("process", entry.key));
    else if (is_name(name))
      put_process(process(name, at), *row, value(), at);
  } else if (row) {
    put(*row, value(), at);
  } else if (!caf_.keys(entry.group).empty()) {
    if (!entry.fault.empty())
      problems_.error(at, entry.group, entry.key, entry.fault);
    else
      put_caf(entry.group, entry.key,
              caf_.check(entry.group, entry.key, entry.value), at);
  } else if (is_section(entry.group)) {
    problems_.error(at, entry.group, entry.key,
                    unknown_key(entry.group, entry.key));
  }
}

process_section& options_reader::process(std::string_view name,
                                         config_place at) {
  auto [i, added] = process_index_.emplace(std::string{name},
                                           processes_.size());
  if (added)
    processes_.push_back({std::string{name}, at, {}});
  return processes_[i->second];
}

void options_reader::take_process_argument(const assignment& x) {
  config_place at{config_place::source::command_line, 0};
  auto dot = x.name.rfind('.');
  auto group = x.name.substr(0, dot);
  auto key = x.name.substr(dot + 1);
  if (dot < process_prefix.size()
      || !is_name(group.substr(process_prefix.size()))) {
    problems_.error(at, group, key,
                    "is no process, expected --process.NAME.key=value with 1 "
                    "to 32 characters of a-z, 0-9 and - as NAME");
    return;
  }
  auto row = find_process_key(key);
  if (!row) {
    problems_.error(at, group, key, unknown_key("process", key));
    return;
  }
  auto& section = process(group.substr(process_prefix.size()), at);
  put_process(section, *row, parse_value(*row, x.value, false), at);
}

} // namespace rr
