// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/completion.hpp"

#include <algorithm>
#include <cctype>

#include "app/command/commands.hpp"
#include "app/command/help_topics.hpp"
#include "app/config/option_table.hpp"
#include "app/config/suggestion.hpp"

namespace rr {

namespace {

using words = std::vector<std::string>;

std::vector<std::string_view> split_at(std::string_view text,
                                       std::string_view separator) {
  std::vector<std::string_view> result;
  for (;;) {
    auto at = std::min(text.find(separator), text.size());
    result.push_back(text.substr(0, at));
    if (at == text.size())
      return result;
    text.remove_prefix(at + separator.size());
  }
}

bool is_option(const std::string& word) {
  return word.starts_with('-');
}

/// `[NAME]`, `[COMMAND...]` without what is around the word.
std::string_view bare(std::string_view token) {
  if (token.starts_with('['))
    token.remove_prefix(1);
  return token.substr(0, token.find_first_of("].", 1));
}

/// Whether a token of a form stands for what the user is to fill in.
bool is_variable(std::string_view token) {
  return !token.empty()
         && std::isupper(static_cast<unsigned char>(token.front())) != 0;
}

/// What may stand in the place of a token such as `NAME` or `set|write`.
words fill_in(std::string_view token, const completion_source& source) {
  if (token == "NAME" || token == "PROCESS")
    return source.processes();
  if (token == "DEVICE")
    return source.devices();
  if (token == "FILE")
    return {std::string{any_file}};
  if (token == "DIRECTORY")
    return {std::string{any_folder}};
  words result;
  auto known = token == "TOPIC"     ? help_topics()
               : is_variable(token) ? std::vector<std::string_view>{}
                                    : split_at(token, "|");
  for (auto each : known)
    result.emplace_back(each);
  return result;
}

/// Whether the words that are given fit the beginning of a form.
bool fits(const std::vector<std::string_view>& form, const words& given) {
  if (form.size() <= given.size())
    return false;
  for (size_t i = 0; i < given.size(); ++i) {
    auto token = bare(form[i]);
    auto choices = split_at(token, "|");
    if (!is_variable(token)
        && std::ranges::find(choices, given[i]) == choices.end())
      return false;
  }
  return true;
}

/// The words of a command such as `list | show DEVICE` that are no options.
words complete_argument(const command_help& help, const words& given,
                        const completion_source& source) {
  words result;
  for (auto text : split_at(help.arguments, " | ")) {
    auto form = split_words(text);
    if (fits(form, given))
      for (auto& each : fill_in(bare(form[given.size()]), source))
        result.push_back(std::move(each));
  }
  return result;
}

/// What may follow `--group.key=`.
words values_of_option(const option_row& row) {
  words result;
  if (row.type == option_type::boolean)
    result = {"true", "false"};
  else if (row.type == option_type::path)
    result = {std::string{any_file}};
  for (auto each : split_words(row.choices))
    result.emplace_back(each);
  return result;
}

/// What may follow `--NAME=`.
words complete_value(const command_help& help, std::string_view name,
                     const completion_source& source) {
  if (name == "--config-file")
    return {std::string{any_file}};
  for (const auto& option : help.options)
    for (auto form : split_words(option.form)) {
      auto split = std::min(form.find('='), form.size());
      if (form.substr(0, split) != name || split == form.size())
        continue;
      // Of names only these are a robot's: `--by=NAME` is a person.
      auto value = form.substr(split + 1);
      return value == "NAME" && name != "--process" ? words{}
                                                    : fill_in(value, source);
    }
  auto dot = std::min(name.find('.'), name.size());
  auto row = dot < name.size()
               ? find_option(name.substr(2, dot - 2), name.substr(dot + 1))
               : nullptr;
  return row ? values_of_option(*row) : words{};
}

/// `--verbose`, `--count=`, `--log.`; keys only behind a group.
words option_names(const command_help& help, bool with_keys) {
  words result{"--help", "--config-file="};
  for (const auto& option : help.options)
    for (auto form : split_words(option.form))
      result.emplace_back(
        form.substr(0, std::min(form.find('='), form.size() - 1) + 1));
  for (const auto& row : option_table()) {
    auto group = "--" + std::string{row.group} + '.';
    if (with_keys)
      result.push_back(group + std::string{row.key} + '=');
    else if (std::ranges::find(result, group) == result.end())
      result.push_back(group);
  }
  return result;
}

words complete_option(const command_help& help, const std::string& word,
                      const completion_source& source) {
  auto equals = word.find('=');
  if (equals == word.npos)
    return option_names(help, word.find('.') != word.npos);
  auto name = word.substr(0, equals);
  auto result = complete_value(help, name, source);
  for (auto& each : result)
    if (!each.starts_with(':'))
      each.insert(0, name + '=');
  return result;
}

words first_words(const std::string& begun) {
  if (is_option(begun))
    return {"--help", "--version"};
  words result;
  for (const auto& each : commands())
    result.emplace_back(each.help.name);
  return result;
}

words candidates(const words& given, const completion_source& source) {
  if (given.size() == 1)
    return first_words(given.front());
  const auto& all = commands();
  auto found = std::ranges::find(all, given.front(),
                                 [](const command& x) { return x.help.name; });
  if (found == all.end())
    return {};
  if (is_option(given.back()))
    return complete_option(found->help, given.back(), source);
  words arguments;
  std::ranges::copy_if(given.begin() + 1, given.end() - 1,
                       std::back_inserter(arguments),
                       [](const auto& word) { return !is_option(word); });
  return complete_argument(found->help, arguments, source);
}

} // namespace

std::vector<std::string> complete(const std::vector<std::string>& given,
                                  const completion_source& source) {
  if (given.empty())
    return {};
  auto result = candidates(given, source);
  std::erase_if(result, [&](const std::string& each) {
    return !each.starts_with(given.back()) && each != any_file
           && each != any_folder;
  });
  return result;
}

} // namespace rr
