// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_arguments.hpp"

#include <algorithm>
#include <iostream>

#include "app/commands.hpp"
#include "app/config_file.hpp"
#include "app/configuration.hpp"
#include "app/suggestion.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

bool is_flag(std::string_view name) {
  return name.ends_with('!');
}

std::string_view bare(std::string_view name) {
  return is_flag(name) ? name.substr(0, name.size() - 1) : name;
}

} // namespace

std::optional<command_arguments>
command_arguments::parse(const std::vector<std::string>& args,
                         const std::vector<std::string_view>& own) {
  auto line = command_line::split(args);
  command_arguments result;
  auto only_positional = false;
  for (const auto& word : line.rest) {
    if (only_positional || !word.starts_with("--")) {
      result.positional_.push_back(word);
      continue;
    }
    if (word == "--") {
      only_positional = true;
      continue;
    }
    auto split = std::min(word.find('='), word.size());
    auto name = std::string_view{word}.substr(2, split - 2);
    auto found = std::ranges::find(own, name, bare);
    if (found == own.end()) {
      std::vector<std::string_view> known;
      std::ranges::transform(own, std::back_inserter(known), bare);
      usage_error("unknown option --" + std::string{name}
                  + did_you_mean(name, known));
      return std::nullopt;
    }
    if (is_flag(*found) != (split == word.size())) {
      usage_error("--" + std::string{name}
                  + (is_flag(*found) ? " takes no value" : " needs a value"));
      return std::nullopt;
    }
    result.own_[std::string{name}]
      = split == word.size() ? "" : word.substr(split + 1);
  }
  auto opts = load_options(line.options);
  if (!opts)
    return std::nullopt;
  result.opts_ = std::move(*opts);
  return result;
}

std::optional<std::string> command_arguments::get(std::string_view name) const {
  auto found = own_.find(name);
  if (found == own_.end())
    return std::nullopt;
  return found->second;
}

std::optional<caf::timespan>
command_arguments::duration(std::string_view name,
                            caf::timespan initial) const {
  auto text = get(name);
  if (!text)
    return initial;
  auto value = parse_literal(*text);
  if (value)
    if (auto span = caf::get_if<caf::timespan>(&*value);
        span && span->count() > 0)
      return *span;
  usage_error("--" + std::string{name} + "=" + *text
              + ": expected a duration above zero, such as 5s");
  return std::nullopt;
}

std::optional<caf::timespan> command_arguments::timeout() const {
  return duration("timeout", opts_.get<caf::timespan>("client.timeout"));
}

int usage_error(const std::string& what) {
  std::cerr << "robot-runtime: " << what << "; see robot-runtime --help\n";
  return exit_usage;
}

int run_time_error(const caf::error& what) {
  std::cerr << "robot-runtime: " << describe(what) << '\n';
  return exit_failure;
}

} // namespace rr
