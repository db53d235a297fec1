// SPDX-License-Identifier: BSD-3-Clause
#include "messages/record/record_line.hpp"

#include <cmath>

#include "messages/log/log_wire.hpp"

namespace rr {

namespace {

/// Arrays and objects inside one another; our own records have three.
constexpr int max_nesting = 8;

constexpr double longest_seconds = 1e9;

} // namespace

std::optional<json> parse_record_line(std::string_view line) {
  if (line.size() > max_record_line)
    return std::nullopt;
  auto too_deep = false;
  auto result = json::parse(
    line,
    [&](int depth, json::parse_event_t, json&) {
      too_deep = too_deep || depth > max_nesting;
      return !too_deep;
    },
    false);
  if (too_deep || !result.is_object())
    return std::nullopt;
  return result;
}

std::string as_record_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::vector<std::string_view> record_lines(std::string_view text, bool& torn) {
  torn = !text.empty() && !text.ends_with('\n');
  std::vector<std::string_view> result;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    if (end > 0)
      result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

const json* record_reader::find(const char* key) const {
  auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string record_reader::text(const char* key) {
  const auto* found = find(key);
  if (found && found->is_string())
    return found->get<std::string>();
  good_ = false;
  return {};
}

std::string record_reader::optional_text(const char* key) {
  return find(key) ? text(key) : std::string{};
}

bool record_reader::flag(const char* key) {
  const auto* found = find(key);
  if (found && found->is_boolean())
    return found->get<bool>();
  good_ = false;
  return false;
}

caf::optional<int32_t> record_reader::optional_integer(const char* key) {
  if (!find(key))
    return caf::none;
  return integer<int32_t>(key);
}

caf::timestamp record_reader::time(const char* key) {
  if (auto result = parse_timestamp(text(key)))
    return *result;
  good_ = false;
  return {};
}

caf::timespan record_reader::seconds(const char* key) {
  const auto* found = find(key);
  auto value = found && found->is_number() ? found->get<double>() : -1.0;
  if (value >= 0 && value <= longest_seconds)
    return std::chrono::microseconds{std::llround(value * 1e6)};
  good_ = false;
  return caf::timespan{0};
}

std::vector<std::string> record_reader::texts(const char* key) {
  std::vector<std::string> result;
  for (const auto& each : list(key))
    if (each.is_string())
      result.push_back(each.get<std::string>());
    else
      good_ = false;
  return result;
}

json record_reader::list(const char* key) {
  const auto* found = find(key);
  if (!found)
    return json::array();
  if (found->is_array())
    return *found;
  good_ = false;
  return json::array();
}

double as_seconds(caf::timespan span) noexcept {
  auto whole = std::chrono::round<std::chrono::microseconds>(span);
  return static_cast<double>(whole.count()) / 1e6;
}

} // namespace rr
