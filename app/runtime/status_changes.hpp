// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <unordered_map>

#include "messages/json.hpp"

namespace rr {

/// What of a status counts as a change: all but its figures, which move all the
/// time, such as processor time and counters.
json lasting_part(const json& status);

/// The status with the figures of another one, as far as that has them: those
/// of a process only while it is the same.
json with_figures_of(const json& status, const json& figures);

/// The entries of a status's processes by their names; those without are left
/// out. They are the status's own.
/// @tparam Json `json` or `const json`.
template <class Json>
std::unordered_map<std::string, Json*> processes_of(Json& status) {
  std::unordered_map<std::string, Json*> result;
  auto all = status.find("processes");
  if (all == status.end() || !all->is_array())
    return result;
  for (auto& each : *all)
    if (auto name = each.is_object() ? each.find("name") : each.end();
        name != each.end() && name->is_string())
      result.emplace(name->template get_ref<const std::string&>(), &each);
  return result;
}

/// What makes the one of the other, as a JSON merge patch (RFC 7386): empty
/// where they are equal, and a list that has changed comes whole. What becomes
/// null is removed by it, for a merge patch knows no other way.
json changes_between(const json& before, const json& after);

} // namespace rr
