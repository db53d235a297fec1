// SPDX-License-Identifier: BSD-3-Clause
#include "messages/json_text.hpp"

#include <set>
#include <string>
#include <vector>

namespace rr {

namespace {

constexpr int deepest_json = 32;

} // namespace

parsed_json parse_json(std::string_view text) {
  auto too_deep = false;
  auto twice = false;
  std::vector<std::set<std::string>> keys;
  parsed_json result;
  result.value = json::parse(
    text,
    [&](int depth, json::parse_event_t what, json& value) {
      too_deep = too_deep || depth > deepest_json;
      if (too_deep)
        return false;
      if (what == json::parse_event_t::object_start)
        keys.emplace_back();
      else if (what == json::parse_event_t::object_end)
        keys.pop_back();
      else if (what == json::parse_event_t::key)
        twice = !keys.back().insert(value.get<std::string>()).second || twice;
      return true;
    },
    false);
  if (too_deep)
    result.fault = "nested too deeply";
  else if (twice)
    result.fault = "a key stands twice";
  else if (result.value.is_discarded())
    result.fault = "not JSON";
  return result;
}

} // namespace rr
