// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/method_list.hpp"

#include <cstdint>
#include <map>

#include "messages/visible_text.hpp"

namespace rr {

namespace {

std::string text_in(const json& value) {
  return visible_text(
    value.is_string()
      ? value.get<std::string>()
      : value.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// `2 arguments`, `0 to 1 argument`; nothing where there is none.
std::string count_text(const json& method) {
  auto number = [&](const char* key) {
    auto found = method.find(key);
    return found != method.end() && found->is_number_unsigned()
             ? found->get<uint64_t>()
             : 0;
  };
  auto least = number("least");
  auto most = number("most");
  if (most == 0)
    return {};
  auto plural = most == 1 ? " argument" : " arguments";
  if (least == most)
    return std::to_string(most) + plural;
  return std::to_string(least) + " to " + std::to_string(most) + plural;
}

/// What is known of a method's arguments.
std::string arguments_of(const json& method) {
  if (method.is_string())
    return text_in(method);
  if (method.is_array()) {
    std::string result;
    for (const auto& each : method)
      result += (result.empty() ? "" : " ") + text_in(each);
    return result;
  }
  if (!method.is_object())
    return {};
  auto named = method.find("parameters");
  if (named != method.end())
    if (auto text = arguments_of(*named); !text.empty())
      return text;
  return count_text(method);
}

} // namespace

std::string method_lines(const json& answer) {
  std::map<std::string, std::string> methods;
  if (answer.is_object())
    for (const auto& [name, method] : answer.items())
      methods[visible_text(name)] = arguments_of(method);
  if (answer.is_array())
    for (const auto& each : answer) {
      if (each.is_string())
        methods[text_in(each)];
      else if (each.is_object() && each.contains("name"))
        methods[text_in(each["name"])] = arguments_of(each);
    }
  std::string result;
  for (const auto& [name, arguments] : methods)
    result += name + (arguments.empty() ? "" : "  " + arguments) + '\n';
  return result;
}

} // namespace rr
