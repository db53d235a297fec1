// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <string>

#include "messages/json.hpp"

namespace rr {

/// What Lichtblick cannot read of a JSON Schema; empty for nothing. Its reader
/// takes one type for each value, wants `properties` of every object, and knows
/// neither references nor arrays of arrays.
inline std::string unreadable(const json& schema, const std::string& at = "/") {
  static const std::set<std::string> plain{"boolean", "string", "integer",
                                           "number"};
  auto type = schema.value("type", json{});
  if (!type.is_string())
    return at + " has not one type";
  if (plain.contains(type))
    return {};
  if (type == "array") {
    const auto& items = schema.at("items");
    if (items.value("type", json{}) == "array")
      return at + " is an array of arrays";
    return unreadable(items, at + "[]");
  }
  if (type != "object" || !schema.contains("properties"))
    return at + " names no properties";
  for (const auto& [name, each] : schema["properties"].items())
    if (auto why = unreadable(each, at + name + '/'); !why.empty())
      return why;
  return {};
}

/// Where a value is not as its schema says, by those rules that
/// `telemetry_topic` uses; empty for nowhere.
inline std::string misfit(const json& schema, const json& value,
                          const std::string& at = "/") {
  auto type = schema.at("type").get<std::string>();
  auto fits = (type == "boolean" && value.is_boolean())
              || (type == "string" && value.is_string())
              || (type == "integer" && value.is_number_integer())
              || (type == "number" && value.is_number())
              || (type == "array" && value.is_array())
              || (type == "object" && value.is_object());
  if (!fits)
    return at + " is no " + type + ": " + value.dump();
  if (value.is_number()
      && (value < schema.value("minimum", value)
          || value > schema.value("maximum", value)))
    return at + " is out of range: " + value.dump();
  for (const auto& name : schema.value("required", json::array()))
    if (!value.contains(name))
      return at + " lacks " + name.get<std::string>();
  if (value.is_array()) {
    if (value.size() != schema.value("minItems", value.size()))
      return at + " has another length";
    for (const auto& each : value)
      if (auto why = misfit(schema["items"], each, at + "[]"); !why.empty())
        return why;
  }
  if (value.is_object())
    for (const auto& [name, each] : value.items()) {
      if (!schema["properties"].contains(name))
        return at + name + " is not in the schema";
      auto why = misfit(schema["properties"][name], each, at + name + '/');
      if (!why.empty())
        return why;
    }
  return {};
}

} // namespace rr
