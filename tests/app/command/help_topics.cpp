// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE help_topics

#include "app/command/help_topics.hpp"

#include <set>
#include <sstream>

#include "app/command/man_page.hpp"
#include "app/command/option_reference.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace help_topics_suite {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

bool fits_terminal(const std::string& text) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    if (line.size() > 80) {
      CAF_MESSAGE("too long: " << line);
      return false;
    }
  return true;
}

/// Lines of a man page that man takes for instructions, by their names.
std::set<std::string> instructions(const std::string& page) {
  std::set<std::string> result;
  std::istringstream in{page};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with('.') || line.starts_with('\''))
      result.insert(line.substr(0, line.find(' ')));
  return result;
}

} // namespace

CAF_TEST(every section says what it is about and has all of its keys) {
  size_t rows = 0;
  for (const auto& section : option_sections()) {
    CAF_MESSAGE(section.name);
    CAF_CHECK(!section.about.empty());
    rows += section.rows.size();
    auto text = section_as_text(section);
    CAF_CHECK(fits_terminal(text));
    for (auto row : section.rows)
      CAF_CHECK(has(text, "\n  " + std::string{row->key}));
  }
  CAF_CHECK_EQUAL(rows, option_table().size() + process_table().size());
}

CAF_TEST(a key says its default and its values) {
  auto text = section_as_text(*find_section("log"));
  CAF_CHECK(has(text, "\n  level = \"info\"\n"));
  CAF_CHECK(has(text, " One of debug, info,\n      warning (or warn), error"));
  text = section_as_text(*find_section("process"));
  CAF_CHECK(has(text, "[process.NAME]\n"));
  CAF_CHECK(has(text, "\n  command\n"));
  CAF_CHECK(has(text, "Required."));
}

CAF_TEST(every article fits a terminal) {
  for (const auto& article : help_articles())
    CAF_CHECK(fits_terminal(article_as_text(article)));
}

CAF_TEST(topics are articles and sections and commands and each is there once) {
  auto topics = help_topics();
  std::set<std::string_view> unique{topics.begin(), topics.end()};
  CAF_CHECK_EQUAL(unique.size(), topics.size());
  for (auto name : {"configuration", "exit-codes", "emergency-stop",
                    "environment", "process", "log", "run", "estop"})
    CAF_CHECK(unique.count(name) == 1);
}

CAF_TEST(a text of a man page is no instruction) {
  const std::set<std::string> known{".\\\"", ".TH", ".SH", ".SS", ".PP",
                                    ".TP",   ".B",  ".I",  ".BR"};
  for (const auto& page : {program_man_page(), configuration_man_page()})
    for (const auto& each : instructions(page)) {
      CAF_MESSAGE(each);
      CAF_CHECK(known.count(each) == 1);
    }
  auto page = configuration_man_page();
  CAF_CHECK(has(page, ".SH [process.NAME]\n"));
  CAF_CHECK(has(page, ".B level = \\(dqinfo\\(dq\n"));
}

CAF_TEST(the reference has every key in a table) {
  auto page = configuration_as_markdown();
  for (const auto& section : option_sections()) {
    CAF_CHECK(has(page, "\n## `" + section.header() + "`\n"));
    for (auto row : section.rows)
      CAF_CHECK(has(page, "\n| `" + std::string{row->key} + "` | "));
  }
}

} // namespace help_topics_suite
