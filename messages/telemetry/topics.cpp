// SPDX-License-Identifier: BSD-3-Clause
#include "messages/telemetry/topics.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "messages/log/log_plain.hpp"
#include "messages/telemetry/message_schema.hpp"

namespace rr {

namespace {

/// Bytes of the largest array that is told.
constexpr size_t largest_array = 1024;

telemetry_topic make_topic(std::string name, std::string schema_name,
                           json schema) {
  schema["title"] = schema_name;
  return {std::move(name), std::move(schema_name), schema.dump()};
}

json gamepad_schema() {
  using namespace message_schema;
  json axis{{"type", "number"}, {"minimum", -1}, {"maximum", 1}};
  return object_of({{"connected", of_type("boolean")},
                    {"lx", axis},
                    {"ly", axis},
                    {"rx", axis},
                    {"ry", axis},
                    {"btn", {{"type", "integer"}, {"minimum", 0}}}},
                   {"connected", "lx", "ly", "rx", "ry", "btn"});
}

/// Appends every number or text of nested arrays.
void append_flat(json& out, const json& value) {
  if (!value.is_array()) {
    out.push_back(value);
    return;
  }
  for (const auto& each : value)
    append_flat(out, each);
}

/// The form in which a value is told; null for what JSON has no form for.
json told_value(const value_type& type, const json& value) {
  if (value.is_binary()) {
    // Text that is not UTF-8.
    const auto& bytes = value.get_binary();
    return std::string{bytes.begin(), bytes.end()};
  }
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    return nullptr;
  if (!type.is_array() || !value.is_array())
    return value;
  auto result = json::array();
  append_flat(result, value);
  return result;
}

} // namespace

telemetry_topic log_topic() {
  using namespace message_schema;
  json level{{"type", "integer"},
             {"enum", {0, 1, 2, 3, 4, 5}},
             {"description", "0 unknown, 1 debug, 2 info, 3 warning, 4 error, "
                             "5 critical"}};
  json nsec{{"type", "integer"}, {"minimum", 0}, {"maximum", 999'999'999}};
  auto time = object_of({{"sec", {{"type", "integer"}, {"minimum", 0}}},
                         {"nsec", nsec}},
                        {"sec", "nsec"});
  time["title"] = "time";
  return make_topic(
    "/log", "foxglove.Log",
    object_of({{"timestamp", time},
               {"level", level},
               {"message", of_type("string")},
               {"name", of_type("string")},
               {"file", of_type("string")},
               {"line", {{"type", "integer"}, {"minimum", 0}}}},
              {"timestamp", "level", "message", "name", "file", "line"}));
}

telemetry_topic state_topic() {
  return make_topic("/robot/state", "robot_runtime.State",
                    message_schema::status());
}

telemetry_topic control_topic() {
  using namespace message_schema;
  auto gamepads = object_of({});
  for (size_t i = 0; i < gamepad_count; ++i)
    gamepads["properties"][std::to_string(i)] = gamepad_schema();
  return make_topic(
    "/control", "robot_runtime.Control",
    object_of({{"driver", of_type("string")}, {"gamepads", gamepads}},
              {"driver", "gamepads"}));
}

telemetry_topic device_topic(const std::string& name, const device_type& type) {
  return make_topic("/devices/" + name, "robot_runtime.device." + type.name,
                    message_schema::values_of(type));
}

json log_message(const log_event& event) {
  using namespace std::chrono;
  auto since = std::max(event.timestamp.time_since_epoch(), 0ns);
  auto seconds = duration_cast<std::chrono::seconds>(since);
  return {{"timestamp",
           {{"sec", seconds.count()},
            {"nsec", duration_cast<nanoseconds>(since - seconds).count()}}},
          {"level", static_cast<int>(event.level) + 1},
          {"message", to_plain(event)},
          {"name", subject_of(event)},
          {"file", ""},
          {"line", 0}};
}

json state_message(const json& status) {
  if (!status.is_structured())
    return status;
  auto result = status.is_array() ? json::array() : json::object();
  for (const auto& [key, value] : status.items()) {
    if (value.is_null())
      continue;
    if (status.is_array())
      result.push_back(state_message(value));
    else
      result[key] = state_message(value);
  }
  return result;
}

json control_message(const control_view& view) {
  auto gamepads = json::object();
  for (const auto& each : view.gamepads) {
    json pad{{"connected", each.connected}, {"btn", each.state.buttons}};
    for (size_t i = 0; i < control_axes.size(); ++i)
      pad[std::string{control_axes[i]}] = each.state.axes[i];
    gamepads[std::to_string(each.index)] = std::move(pad);
  }
  return {{"driver", view.driver}, {"gamepads", std::move(gamepads)}};
}

bool is_told(const parameter& param) noexcept {
  return !param.type.is_array() || param.type.size() <= largest_array;
}

json device_message(const device_type& type, const json& current,
                    const json& requested) {
  auto told = [](const parameter& param, const json& values, json& out) {
    auto found = values.find(param.name);
    if (found == values.end())
      return;
    if (auto value = told_value(param.type, *found); !value.is_null())
      out[param.name] = std::move(value);
  };
  json result{{"current", json::object()}, {"requested", json::object()}};
  for (const auto& each : type.parameters) {
    if (!is_told(each))
      continue;
    if (each.readable)
      told(each, current, result["current"]);
    if (each.writeable)
      told(each, requested, result["requested"]);
  }
  return result;
}

std::string message_text(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace rr
