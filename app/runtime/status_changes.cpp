// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/status_changes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace rr {

namespace {

constexpr std::array<std::string_view, 8> lasting_members{
  "name",        "state",     "latched",   "held_by",
  "containment", "processes", "endpoints", "stops"};

/// Of a process.
constexpr std::array<const char*, 2> process_figures{"cpu", "resident_kib"};

bool is_lasting(std::string_view member) noexcept {
  return std::ranges::find(lasting_members, member) != lasting_members.end();
}

} // namespace

json lasting_part(const json& status) {
  auto result = json::object();
  if (!status.is_object())
    return status;
  for (auto name : lasting_members)
    if (auto found = status.find(std::string{name}); found != status.end())
      result[std::string{name}] = *found;
  if (auto found = result.find("processes");
      found != result.end() && found->is_array())
    for (auto& process : *found)
      if (process.is_object())
        for (auto name : process_figures)
          process.erase(name);
  return result;
}

json with_figures_of(const json& status, const json& figures) {
  auto result = status;
  for (auto& [name, value] : result.items())
    if (auto found = figures.find(name);
        found != figures.end() && !is_lasting(name))
      value = *found;
  auto known = processes_of(figures);
  for (const auto& [name, process] : processes_of(result))
    if (auto found = known.find(name);
        found != known.end() && found->second->at("pid") == process->at("pid"))
      for (auto figure : process_figures)
        (*process)[figure] = found->second->at(figure);
  return result;
}

json changes_between(const json& before, const json& after) {
  auto result = json::object();
  for (const auto& [name, value] : before.items())
    if (!value.is_null() && !after.contains(name))
      result[name] = nullptr;
  for (const auto& [name, value] : after.items()) {
    auto found = before.find(name);
    if (found == before.end() || !found->is_object() || !value.is_object()) {
      auto was = found == before.end() ? json{} : *found;
      if (was != value)
        result[name] = value;
    } else if (auto inner = changes_between(*found, value); !inner.empty()) {
      result[name] = std::move(inner);
    }
  }
  return result;
}

} // namespace rr
