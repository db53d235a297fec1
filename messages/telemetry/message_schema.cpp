// SPDX-License-Identifier: BSD-3-Clause
#include "messages/telemetry/message_schema.hpp"

#include "messages/telemetry/topics.hpp"

namespace rr::message_schema {

namespace {

std::string_view json_type(scalar_type scalar) noexcept {
  if (scalar == scalar_type::boolean)
    return "boolean";
  if (scalar == scalar_type::character)
    return "string";
  return is_integer(scalar) ? "integer" : "number";
}

/// @param requested its limits hold for what is requested alone: a device has
///                  zeros at first.
json value_schema(const parameter& param, bool requested) {
  auto result = of_type(json_type(param.type.scalar));
  if (requested && param.lower)
    result["minimum"] = *param.lower;
  if (requested && param.upper)
    result["maximum"] = *param.upper;
  auto is_text = param.type.scalar == scalar_type::character;
  if (!param.type.is_array() || is_text)
    return result;
  auto array = array_of(std::move(result));
  array["minItems"] = array["maxItems"] = param.type.count();
  return array;
}

json router_direction() {
  return counters({"routed", "probes", "no_such_peer", "malformed", "loopback",
                   "would_block"});
}

json process() {
  auto text = of_type("string");
  auto seconds = of_type("number");
  return object_of(
    {{"name", text},
     {"pid", of_type("integer")},
     {"state", text},
     {"restarts", of_type("integer")},
     {"last_exit", of_type("integer")},
     {"last_end", object_of({{"time", text},
                             {"ran", seconds},
                             {"exit_code", of_type("integer")},
                             {"reason", text}})},
     {"cpu", seconds},
     {"resident_kib", of_type("integer")},
     {"containment", text},
     {"limits", object_of({{"memory_max", of_type("integer")},
                           {"memory_by", text},
                           {"open_files", of_type("integer")},
                           {"nice", of_type("integer")},
                           {"cpu_affinity", array_of(of_type("integer"))},
                           {"user", text},
                           {"group", text}})},
     {"ready", of_type("boolean")},
     {"since", text},
     {"waiting_for", array_of(text)},
     {"status_text", text},
     {"startup",
      object_of(
        {{"began", seconds}, {"ready", seconds}, {"after", array_of(text)}})}},
    {"name", "state", "ready", "since", "restarts"});
}

json endpoints() {
  auto addresses = array_of(of_type("string"));
  return object_of({{"router_frontend", addresses},
                    {"router_backend", addresses},
                    {"log_frontend", addresses},
                    {"log_backend", addresses}});
}

json log_counters() {
  auto result = counters({"received", "forwarded", "published", "dropped",
                          "passed_on", "malformed", "missed"});
  result["properties"]["source"] = of_type("string");
  return result;
}

json control_counters() {
  auto result = counters({"accepted", "malformed", "oversized", "not_allowed",
                          "other_driver", "duplicate", "reordered", "too_old",
                          "unwritten", "out_of_range", "overruns", "lost"});
  result["properties"]["driver"] = of_type("string");
  return result;
}

} // namespace

json of_type(std::string_view type) {
  return {{"type", type}};
}

json array_of(json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

json object_of(std::initializer_list<property> properties,
               std::initializer_list<std::string_view> required) {
  auto result = of_type("object");
  auto& members = result["properties"] = json::object();
  for (const auto& [name, schema] : properties)
    members[std::string{name}] = schema;
  for (auto name : required)
    result["required"].push_back(std::string{name});
  return result;
}

json counters(std::initializer_list<std::string_view> names) {
  auto result = object_of({});
  for (auto name : names)
    result["properties"][std::string{name}] = {{"type", "integer"},
                                               {"minimum", 0}};
  return result;
}

json values_of(const device_type& type) {
  auto result
    = object_of({{"current", object_of({})}, {"requested", object_of({})}},
                {"current", "requested"});
  auto& blocks = result["properties"];
  for (const auto& each : type.parameters) {
    if (!is_told(each))
      continue;
    if (each.readable)
      blocks["current"]["properties"][each.name] = value_schema(each, false);
    if (each.writeable)
      blocks["requested"]["properties"][each.name] = value_schema(each, true);
  }
  return result;
}

json status() {
  auto text = of_type("string");
  return object_of(
    {{"name", text},
     {"state", text},
     {"uptime", of_type("number")},
     {"latched", of_type("boolean")},
     {"held_by", array_of(object_of({{"what", text}, {"since", text}}))},
     {"containment", text},
     {"processes", array_of(process())},
     {"endpoints", endpoints()},
     {"router", object_of({{"frontend", router_direction()},
                           {"backend", router_direction()}})},
     {"log", log_counters()},
     {"control", control_counters()},
     {"update",
      counters({"updates", "datagrams", "skipped", "unsent", "oversized"})},
     {"stops", object_of({{"worst_signal_us", of_type("integer")},
                          {"median_signal_us", of_type("integer")},
                          {"count", of_type("integer")}})},
     {"broker", counters({"calls", "notifications", "running", "waiting",
                          "answered", "errors", "timeouts", "unknown_methods",
                          "late", "unsent", "malformed", "reopened"})},
     {"descriptors", counters({"limit", "refused_connections"})}},
    {"name", "state", "uptime", "latched", "held_by", "processes"});
}

} // namespace rr::message_schema
