// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/command_arguments.hpp"

#include <algorithm>
#include <iostream>

#include "app/command/commands.hpp"
#include "app/config/config_file.hpp"
#include "app/config/configuration.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/system/input_file.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

/// Of a command that is in a hurry, for a configuration that comes by a pipe.
constexpr auto short_patience = std::chrono::milliseconds{500};

/// Bytes of an error, which may hold what somebody else has sent.
constexpr size_t max_line = 65536;

bool is_flag(std::string_view name) {
  return name.ends_with('!');
}

std::string_view bare(std::string_view name) {
  return is_flag(name) ? name.substr(0, name.size() - 1) : name;
}

} // namespace

std::optional<command_arguments>
command_arguments::parse(const std::vector<std::string>& args,
                         const std::vector<std::string_view>& own,
                         const option_needs& needs, fault consequence) {
  auto falls_back = consequence == fault::is_told;
  auto line = command_line::split(args);
  command_arguments result;
  auto only_positional = false;
  for (auto& word : line.rest) {
    if (!is_utf8(word) && !falls_back) {
      usage_error('"' + visible_text(word) + "\" is not UTF-8");
      return std::nullopt;
    }
    if (!is_utf8(word))
      word = visible_text(word, word.size());
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
                  + (is_flag(*found) ? " takes no value" : " needs a value")
                  + (is_flag(*found)
                       ? ""
                       : ", expected --" + std::string{name} + "=VALUE"));
      return std::nullopt;
    }
    result.own_[std::string{name}]
      = split == word.size() ? "" : word.substr(split + 1);
  }
  result.sources_ = option_sources::gather(
    std::move(line.options), options::own_environment(),
    falls_back ? short_patience : input_patience);
  auto opts = load_needed_options(result.sources_, needs, falls_back);
  if (!opts)
    return std::nullopt;
  result.opts_ = std::move(*opts);
  if (!falls_back)
    result.warn_of_rest();
  return result;
}

void command_arguments::warn_of_rest() const {
  rr::warn_of_rest(sources_, opts_);
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
  std::cerr << "robot-runtime: " << visible_text(what, max_line)
            << "; see robot-runtime --help\n";
  return exit_usage;
}

int run_time_error(const caf::error& what) {
  std::cerr << "robot-runtime: " << visible_text(describe(what), max_line)
            << '\n';
  return exit_failure;
}

} // namespace rr
