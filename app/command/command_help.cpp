// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "app/command/command_output.hpp"
#include "app/command/commands.hpp"
#include "app/command/help_topics.hpp"
#include "app/command/man_page.hpp"
#include "app/command/option_reference.hpp"
#include "app/config/help.hpp"
#include "app/config/suggestion.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Names in a block below a heading.
template <class Range, class Name>
std::string
named_block(std::string_view heading, const Range& items, Name name_of) {
  std::string names;
  for (const auto& item : items)
    names += (names.empty() ? "" : "  ") + std::string{name_of(item)};
  return std::string{heading} + '\n' + wrap(names, 2) + '\n';
}

std::string overview() {
  auto result = "`robot-runtime help TOPIC` tells of one of these.\n\n"
                + named_block("Commands", commands(),
                              [](const command& x) { return x.help.name; })
                + named_block("Sections of the configuration",
                              option_sections(),
                              [](const option_section& x) { return x.name; })
                + "Else\n";
  for (const auto& article : help_articles()) {
    auto name = "  " + std::string{article.name};
    name.resize(18, ' ');
    result += name + std::string{article.title} + '\n';
  }
  return result;
}

std::string section_list() {
  std::string result = "\nSections, each by `robot-runtime help SECTION`\n\n";
  for (const auto& section : option_sections()) {
    auto header = "  " + section.header();
    header.resize(20, ' ');
    result += header + std::string{section.about} + '\n';
  }
  return result;
}

/// Everything that goes by the name, apart from a command.
std::string topic_as_text(std::string_view name) {
  std::string result;
  if (auto article = find_article(name))
    result += article_as_text(*article);
  if (name == "configuration")
    result += section_list();
  if (auto section = find_section(name))
    result += (result.empty() ? "" : "\n") + section_as_text(*section);
  return result;
}

int tell_of(const std::string& name) {
  const auto& all = commands();
  auto is_command = std::ranges::any_of(all, [&](const command& x) {
    return x.help.name == name;
  });
  auto text = topic_as_text(name);
  if (!is_command && text.empty())
    return usage_error("unknown topic \"" + visible_text(name) + '"'
                       + did_you_mean(name, help_topics())
                       + "; robot-runtime help lists them");
  if (is_command)
    if (auto code = run_program({name, "--help"}); code != exit_success)
      return code;
  if (text.empty())
    return exit_success;
  return print((is_command ? "\n" : "") + text);
}

int help_on(const command_arguments& given) {
  const auto& words = given.positional();
  auto format = given.get("format").value_or("text");
  auto on_configuration = words == std::vector<std::string>{"configuration"};
  if (format == "man" && words.empty())
    return print(program_man_page());
  if (format == "man" && on_configuration)
    return print(configuration_man_page());
  if (format == "markdown" && on_configuration)
    return print(configuration_as_markdown());
  if (format == "man")
    return usage_error("help: there is a man page without a topic, and one of "
                       "configuration",
                       "help");
  if (format == "markdown")
    return usage_error("help: there is Markdown of configuration alone",
                       "help");
  return words.empty() ? print(overview()) : tell_of(words.front());
}

} // namespace

command help_command() {
  return {.help
          = {.name = "help",
             .arguments = "[TOPIC]",
             .purpose = "Tells of a command, of a section of the "
                        "configuration, or of another topic; without one, "
                        "which there are.",
             .options = {{"--format=text|man|markdown",
                          "For a terminal, or what pages are made of."}},
             .example = "help process"},
          .function = help_on};
}

} // namespace rr
