// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE command_help

#include <algorithm>
#include <set>
#include <sstream>

#include "app/command/commands.hpp"
#include "app/config/option_table.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace command_help_suite {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(the help of every command is short and has a line an option) {
  for (const auto& each : commands()) {
    CAF_MESSAGE(each.help.name);
    auto text = help_text(each.help);
    auto lines = lines_of(text);
    CAF_CHECK_LESS(lines.size(), 26u);
    for (const auto& line : lines)
      CAF_CHECK_LESS_OR_EQUAL(line.size(), 80u);
    auto begin = std::ranges::find(lines, "Options");
    auto end = std::find(begin, lines.end(), "");
    CAF_REQUIRE(begin != lines.end());
    // Its own, --config-file and --help-all.
    CAF_CHECK_EQUAL(end - begin - 1,
                    static_cast<long>(each.help.options.size()) + 2);
    for (const auto& row : option_table())
      CAF_CHECK(!has(text, "--" + std::string{row.group} + '.'
                             + std::string{row.key} + '='));
  }
}

CAF_TEST(every command has an example that it accepts) {
  for (const auto& each : commands()) {
    CAF_MESSAGE(each.help.name);
    const auto& example = each.help.example;
    CAF_CHECK(example == each.help.name
              || example.starts_with(std::string{each.help.name} + ' '));
    CAF_CHECK(has(help_text(each.help),
                  "\nExample\n  robot-runtime " + std::string{example} + '\n'));
    std::istringstream words{std::string{example}};
    std::set<std::string> known{"config-file"};
    for (const auto& option : each.help.options) {
      std::istringstream forms{std::string{option.form}};
      for (std::string form; forms >> form;)
        known.insert(form.substr(2, form.find('=') - 2));
    }
    for (std::string word; words >> word && word != "--";)
      if (word.starts_with("--"))
        CAF_CHECK(known.contains(word.substr(2, word.find('=') - 2)));
  }
}

CAF_TEST(no two commands have one name) {
  std::set<std::string_view> names;
  for (const auto& each : commands())
    CAF_CHECK(names.insert(each.help.name).second);
}

CAF_TEST(all of the configuration is told by the long help) {
  auto text = help_all_text(commands()[0].help);
  for (const auto& line : lines_of(text))
    CAF_CHECK_LESS_OR_EQUAL(line.size(), 80u);
  for (const auto& row : option_table())
    CAF_CHECK(has(text, "--" + std::string{row.group} + '.'
                          + std::string{row.key} + '='));
}

} // namespace command_help_suite
