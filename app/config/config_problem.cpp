// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/config_problem.hpp"

#include <algorithm>
#include <tuple>

#include "messages/visible_text.hpp"

namespace rr {

std::string to_string(const config_problem& problem) {
  std::string result = problem.is_warning ? "warning: " : "";
  result += problem.where;
  if (!problem.group.empty())
    result += ": [" + problem.group + ']';
  if (!problem.key.empty())
    result += (problem.group.empty() ? ": " : " ") + problem.key;
  return result + ": " + problem.text;
}

std::string about_path(std::string_view path, std::string_view fault) {
  return '"' + visible_path(path) + "\" " + std::string{fault};
}

bool any_error(const std::vector<config_problem>& problems) noexcept {
  return !std::ranges::all_of(problems, &config_problem::is_warning);
}

void problem_list::error(config_place at, std::string_view group,
                         std::string_view key, std::string text) {
  add(at, group, key, std::move(text), false);
}

void problem_list::warning(config_place at, std::string_view group,
                           std::string_view key, std::string text) {
  add(at, group, key, std::move(text), true);
}

void problem_list::forbidden(config_place at, std::string_view group,
                             std::string_view key, std::string text) {
  add(at, group, key, std::move(text), false);
  items_.back().problem.is_forbidden = true;
}

void problem_list::add(config_place at, std::string_view group,
                       std::string_view key, std::string text,
                       bool is_warning) {
  config_problem problem;
  problem.where = where(at);
  // A command line names groups and keys by whatever bytes there are.
  problem.group = visible_text(group);
  problem.key = visible_text(key);
  problem.text = std::move(text);
  problem.is_warning = is_warning;
  problem.from = at.from;
  problem.is_whole_file = at.from == config_place::source::file && at.line == 0;
  items_.push_back({at, std::move(problem)});
}

std::string problem_list::where(config_place at) const {
  if (at.from == config_place::source::environment)
    return "environment";
  if (at.from == config_place::source::command_line)
    return "command line";
  return at.line > 0 ? file_ + ':' + std::to_string(at.line) : file_;
}

bool problem_list::has(config_place at) const noexcept {
  return std::ranges::any_of(items_, [at](const item& x) {
    return x.at.from == at.from && x.at.line == at.line
           && !x.problem.is_warning;
  });
}

std::vector<config_problem> problem_list::take() {
  auto order = [](const item& x) { return std::tuple{x.at.from, x.at.line}; };
  std::ranges::stable_sort(items_, {}, order);
  std::vector<config_problem> result;
  for (auto& x : items_)
    result.push_back(std::move(x.problem));
  items_.clear();
  return result;
}

} // namespace rr
