// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/option_reference.hpp"

#include <algorithm>
#include <utility>

#include "app/command/help_topics.hpp"
#include "app/config/help.hpp"
#include "app/config/option_value.hpp"

namespace rr {

namespace {

constexpr std::pair<std::string_view, std::string_view> abouts[] = {
  {"application", "The robot as a whole: its name, its folders, its end"},
  {"router", "Remote calls: where clients and services connect"},
  {"log", "Events: which, in what form, and where they go"},
  {"update", "What the robot tells of its devices by multicast"},
  {"control", "What driver stations send"},
  {"device", "Devices: their catalog, their names, their memory"},
  {"client", "Remote calls that a program makes"},
  {"service", "Remote calls that a program answers"},
  {"health", "A sign of life in the log"},
  {"emergency-stop", "What raises an emergency stop, and how it goes"},
  {"scheduling", "Priority, processors and memory of the runtime's threads"},
  {"web", "The page in a browser"},
  {"record", "The black box"},
  {"process", "One program of the robot; each has a section of its own"},
};

std::string_view about_section(std::string_view name) {
  auto found = std::ranges::find(abouts, name,
                                 [](const auto& x) { return x.first; });
  return found != std::end(abouts) ? found->second : std::string_view{};
}

void add_rows(std::vector<option_section>& sections,
              std::span<const option_row> rows) {
  for (const auto& row : rows) {
    if (sections.empty() || sections.back().name != row.group)
      sections.push_back({row.group, about_section(row.group), {}});
    sections.back().rows.push_back(&row);
  }
}

/// A text for a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (auto c : text)
    result += c == '|' ? "\\|" : std::string(1, c);
  return result;
}

std::string section_as_markdown(const option_section& section) {
  auto result = "\n## `" + section.header() + "`\n\n"
                + std::string{section.about}
                + ".\n\n| key | default | meaning |\n| --- | --- | --- |\n";
  for (auto row : section.rows) {
    auto initial = row->initial.empty() ? std::string{"(required)"}
                                        : '`' + std::string{row->initial} + '`';
    result += "| `" + std::string{row->key} + "` | " + cell(initial) + " | "
              + cell(meaning(*row)) + " |\n";
  }
  return result;
}

} // namespace

const std::vector<option_section>& option_sections() {
  static const auto sections = [] {
    std::vector<option_section> result;
    add_rows(result, option_table());
    add_rows(result, process_table());
    return result;
  }();
  return sections;
}

const option_section* find_section(std::string_view name) {
  const auto& all = option_sections();
  auto found = std::ranges::find(all, name, &option_section::name);
  return found != all.end() ? &*found : nullptr;
}

std::string assignment(const option_row& row) {
  std::string result{row.key};
  return row.initial.empty() ? result
                             : result + " = " + std::string{row.initial};
}

std::string meaning(const option_row& row) {
  auto form = row.type == option_type::choice ? " One of " : " Expects ";
  return std::string{row.help} + form + expectation(row) + '.'
         + (row.required ? " Required." : "");
}

std::string section_as_text(const option_section& section) {
  auto result = section.header() + "\n\n"
                + wrap(std::string{section.about} + '.', 0) + '\n';
  for (auto row : section.rows)
    result += wrap(assignment(*row), 2) + wrap(meaning(*row), 6);
  return result;
}

std::string configuration_as_markdown() {
  std::string result
    = "# Configuration reference\n\nEvery section and key, with its default. "
      "This page is what\n`robot-runtime help configuration "
      "--format=markdown` prints; a test says when\nit is stale.\n";
  for (const auto& item : find_article("configuration")->items) {
    auto term = item.term.empty() ? std::string{}
                                  : '`' + std::string{item.term} + "`: ";
    result += '\n' + wrap(term + std::string{item.text}, 0);
  }
  for (const auto& section : option_sections())
    result += section_as_markdown(section);
  return result;
}

} // namespace rr
