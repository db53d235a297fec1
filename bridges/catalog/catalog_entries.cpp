// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/catalog/catalog_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace rr {

namespace {

std::string expected_one_of(std::span<const std::string_view> known) {
  std::string result = ", expected ";
  for (auto each : known) {
    if (each != known.front())
      result += each == known.back() ? " or " : ", ";
    result += each;
  }
  return result;
}

bool is_one_of(std::string_view text,
               std::initializer_list<std::string_view> these) {
  return std::find(these.begin(), these.end(), text) != these.end();
}

template <class T>
bool read_whole(std::string_view text, T& out, int base) {
  auto last = text.data() + text.size();
  auto [end, failed] = std::from_chars(text.data(), last, out, base);
  return failed == std::errc{} && end == last && !text.empty();
}

/// YAML's core schema: decimal with a sign, `0x` and `0o` without.
std::optional<json> integer_of(std::string_view text) {
  auto base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
  if (base != 10)
    text.remove_prefix(2);
  else if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  if (int64_t number = 0; base == 10 && read_whole(text, number, base))
    return json(number);
  if (uint64_t number = 0; read_whole(text, number, base))
    return json(number);
  return std::nullopt;
}

std::optional<json> number_of(std::string_view text) {
  if (is_one_of(text, {".nan", ".NaN", ".NAN"}))
    return json(std::numeric_limits<double>::quiet_NaN());
  auto sign = text.starts_with('-') ? -1.0 : 1.0;
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  if (is_one_of(text, {".inf", ".Inf", ".INF"}))
    return json(sign * HUGE_VAL);
  auto starts_well = !text.empty()
                     && (text.front() == '.'
                         || (text.front() >= '0' && text.front() <= '9'));
  if (!starts_well || text.find_first_of("xXpP") != text.npos)
    return std::nullopt;
  double number = 0;
  auto last = text.data() + text.size();
  auto [end, failed] = std::from_chars(text.data(), last, number);
  if (end != last || failed == std::errc::invalid_argument)
    return std::nullopt;
  if (failed == std::errc::result_out_of_range)
    number = number == 0 ? HUGE_VAL : number;
  return json(sign * number);
}

json scalar_value(std::string_view text) {
  if (is_one_of(text, {"true", "True", "TRUE"}))
    return true;
  if (is_one_of(text, {"false", "False", "FALSE"}))
    return false;
  if (auto number = integer_of(text))
    return *number;
  if (auto number = number_of(text))
    return *number;
  return text;
}

} // namespace

json plain_value(const YAML::Node& node, bool as_text) {
  if (node.IsMap())
    return json::object();
  if (!node.IsSequence() && (as_text || is_quoted(node)))
    return json(node.Scalar());
  if (node.IsScalar())
    return scalar_value(node.Scalar());
  if (node.IsNull())
    return json();
  auto result = json::array();
  for (const auto& each : node)
    result.push_back(plain_value(each, as_text));
  return result;
}

std::optional<std::chrono::nanoseconds>
positive_seconds(const YAML::Node& node) {
  auto value = plain_value(node);
  auto seconds = value.is_number() ? value.get<double>() : 0.0;
  if (seconds >= 1e-9 && seconds <= 1e9)
    return std::chrono::nanoseconds{static_cast<int64_t>(seconds * 1e9)};
  return std::nullopt;
}

std::string shown(const YAML::Node& node) {
  if (!node.IsScalar())
    return node.IsNull() ? "nothing" : node.IsMap() ? "a map" : "a list";
  auto text = node.Scalar();
  if (text.size() > 80)
    text.replace(77, text.npos, "...");
  if (!is_quoted(node))
    return text;
  return '"' + text + '"';
}

std::string unlike(const YAML::Node& node, std::string_view expected) {
  return "is " + shown(node) + ", expected " + std::string{expected};
}

catalog_entries::catalog_entries(const YAML::Node& map, const catalog_place& at,
                                 std::span<const std::string_view> known,
                                 std::vector<catalog_problem>& problems) {
  auto error = [&](const YAML::Node& key, std::string text) {
    problems.push_back({.line = line_of(key),
                        .device = at.device,
                        .parameter = at.parameter,
                        .text = std::move(text)});
  };
  std::set<std::string_view> seen;
  if (!map.IsMap())
    return;
  for (const auto& each : map) {
    const auto& key = each.first;
    if (!key.IsScalar()) {
      error(key, "the key " + unlike(key, "a text"));
      continue;
    }
    if (!known.empty()
        && std::find(known.begin(), known.end(), key.Scalar()) == known.end()) {
      error(key, "unknown key " + shown(key) + expected_one_of(known));
      continue;
    }
    if (!seen.insert(key.Scalar()).second)
      error(key, "the key " + shown(key) + " is there twice");
    entries_.push_back(
      {.name = key.Scalar(), .line = line_of(key), .value = each.second});
  }
}

const YAML::Node* catalog_entries::find(std::string_view name) const noexcept {
  for (const auto& each : entries_)
    if (each.name == name)
      return &each.value;
  return nullptr;
}

} // namespace rr
