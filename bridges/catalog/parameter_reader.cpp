// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>

#include "bridges/catalog/catalog_reader.hpp"
#include "messages/control/gamepad_type.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr std::array<std::string_view, 10> parameter_keys{
  "name",     "type",      "id",         "lower", "upper",
  "readable", "writeable", "subscribed", "safe",  "expires"};

/// What remains of an error's text when the name in front is gone.
std::string without_name(const caf::error& what) {
  auto text = describe(what);
  return text.substr(std::min(text.find(": ") + 2, text.size()));
}

} // namespace

parameter_reader::parameter_reader(std::string device, size_t index,
                                   std::vector<catalog_problem>& problems)
  : place_{std::move(device), "params[" + std::to_string(index) + "]"},
    index_(index),
    problems_(problems) {
}

void parameter_reader::read(const YAML::Node& node) {
  if (!node.IsMap())
    return error(node, unlike(node, "a map"));
  auto before = problems_.size();
  // The name first: every other problem is told with it.
  for (const auto& each : node)
    if (each.first.Scalar() == "name"
        && place_.parameter.starts_with("params["))
      read_name(node, &each.second);
  catalog_entries entries{node, place_, parameter_keys, problems_};
  bad_ = bad_ || problems_.size() != before;
  if (!entries.find("name"))
    read_name(node, nullptr);
  read_type(node, entries.find("type"));
  read_id(entries.find("id"));
  read_flag("readable", entries.find("readable"), result_.readable);
  read_flag("writeable", entries.find("writeable"), result_.writeable);
  read_flag("subscribed", entries.find("subscribed"), result_.subscribed);
  read_expires(entries.find("expires"));
  // Limits are of a type, and what is safe lies within them.
  if (has_type_ && read_limits(entries))
    read_safe(node, entries.find("safe"));
  if (place_.device == gamepad_type_name && !bad_)
    check_axis(node);
}

void parameter_reader::read_name(const YAML::Node& map,
                                 const YAML::Node* node) {
  if (!node)
    return error(map, "name is missing");
  if (node->IsScalar() && is_catalog_name(node->Scalar())) {
    result_.name = node->Scalar();
    place_.parameter = node->Scalar();
    return;
  }
  error(*node,
        "name " + unlike(*node, "[a-z][a-z0-9_-]* of at most 64 characters"));
}

void parameter_reader::read_type(const YAML::Node& map,
                                 const YAML::Node* node) {
  if (!node)
    return error(map, "type is missing");
  if (!node->IsScalar())
    return error(*node, "type " + unlike(*node, "a text"));
  auto type = parse_value_type(node->Scalar());
  if (!type)
    return error(*node, "type " + describe(type.error()));
  result_.type = *type;
  has_type_ = true;
}

void parameter_reader::read_id(const YAML::Node* node) {
  if (!node) {
    result_.id = static_cast<uint16_t>(index_);
    has_id_ = true;
    return;
  }
  auto value = plain_value(*node);
  if (value.is_number_integer() && value >= 0
      && value < device_type::max_parameters) {
    result_.id = value.get<uint16_t>();
    has_id_ = true;
  } else {
    error(*node, "id " + unlike(*node, "0 to 1023"));
  }
}

void parameter_reader::read_flag(std::string_view key, const YAML::Node* node,
                                 bool& out) {
  if (!node)
    return;
  auto value = plain_value(*node);
  if (value.is_boolean())
    out = value.get<bool>();
  else
    error(*node, std::string{key} + " " + unlike(*node, "true or false"));
}

/// @returns whether they are good.
bool parameter_reader::read_limits(const catalog_entries& entries) {
  auto before = problems_.size();
  const auto* lower = entries.find("lower");
  read_limit("lower", lower, result_.lower);
  read_limit("upper", entries.find("upper"), result_.upper);
  if (result_.lower && result_.upper && *result_.lower > *result_.upper)
    error(*lower, "lower " + result_.lower->dump() + " is above upper "
                    + result_.upper->dump());
  return problems_.size() == before;
}

void parameter_reader::read_limit(std::string_view key, const YAML::Node* node,
                                  std::optional<device_value>& out) {
  if (!node)
    return;
  auto name = std::string{key};
  auto scalar = result_.type.scalar;
  if (!is_integer(scalar) && !is_floating_point(scalar))
    return error(*node, name + ": a " + std::string{to_string(scalar)}
                          + " has no limits");
  parameter element;
  element.type.scalar = scalar;
  std::array<std::byte, 8> bytes;
  auto room = std::span{bytes}.first(element.type.size());
  auto fit = encode_value(element, plain_value(*node), room);
  if (!fit)
    error(*node, name + ": " + without_name(fit.error()));
  else if (*fit == value_fit::clamped)
    error(*node, name + " " + shown(*node) + " is beyond the range of "
                   + std::string{to_string(scalar)});
  else
    out = decode_value(element.type, room);
}

void parameter_reader::read_safe(const YAML::Node& map,
                                 const YAML::Node* node) {
  if (!node) {
    if (!result_.writeable)
      return;
    tell(map,
         "has no safe value: nothing can be requested of it while the robot is "
         "disabled",
         true);
    problems_.back().lacks_safe = true;
    return;
  }
  if (!result_.writeable)
    tell(*node, "a safe value is of no use to what is not writeable", true);
  auto whole = result_;
  auto is_text = whole.type.scalar == scalar_type::character;
  // One scalar stands for every element.
  if (node->IsScalar() && !is_text)
    whole.type = whole.type.element();
  std::vector<std::byte> bytes(whole.type.size());
  auto fit = encode_value(whole, plain_value(*node, is_text), bytes);
  if (!fit)
    error(*node, "safe: " + without_name(fit.error()));
  else if (*fit == value_fit::clamped)
    error(*node, "safe " + shown(*node) + " lies outside the limits");
  else
    result_.safe = decode_value(whole.type, bytes);
}

void parameter_reader::read_expires(const YAML::Node* node) {
  if (!node)
    return;
  auto seconds = positive_seconds(*node);
  if (!seconds)
    error(*node, "expires " + unlike(*node, "seconds above zero"));
  else if (!result_.writeable)
    error(*node, "expires: nothing can be requested of what is not writeable");
  else
    result_.expires = *seconds;
}

/// Whether control packets can set it, and silence bring it to rest.
void parameter_reader::check_axis(const YAML::Node& map) {
  const auto& names = gamepad_axes_in_catalog;
  if (std::ranges::find(names, result_.name) == names.end())
    return;
  const auto& type = result_.type;
  if (!result_.readable || type.is_array() || !is_floating_point(type.scalar))
    tell(map,
         "no gamepad can be set by control with this axis, expected a readable "
         "float or double",
         true);
  else if ((result_.lower && *result_.lower > 0)
           || (result_.upper && *result_.upper < 0))
    tell(map, "its limits leave out 0, at which a gamepad is neutral", true);
}

void parameter_reader::error(const YAML::Node& at, std::string text) {
  bad_ = true;
  tell(at, std::move(text), false);
}

void parameter_reader::tell(const YAML::Node& at, std::string text,
                            bool is_warning) {
  problems_.push_back({.line = line_of(at),
                       .device = place_.device,
                       .parameter = place_.parameter,
                       .text = std::move(text),
                       .is_warning = is_warning});
}

} // namespace rr
