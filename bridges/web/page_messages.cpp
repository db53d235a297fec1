// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/page_messages.hpp"

#include "messages/process/latch.hpp"
#include "messages/telemetry/topics.hpp"

namespace rr {

namespace {

json params_of(const device_type& type) {
  auto or_null = [](const std::optional<device_value>& value) {
    return value ? *value : json{};
  };
  auto result = json::array();
  for (const auto& each : type.parameters)
    result.push_back({{"name", each.name},
                      {"type", to_string(each.type)},
                      {"readable", each.readable},
                      {"writeable", each.writeable},
                      {"lower", or_null(each.lower)},
                      {"upper", or_null(each.upper)},
                      {"safe", or_null(each.safe)}});
  return result;
}

std::string numbered_state(uint64_t seq, std::string_view member,
                           std::string_view value) {
  std::string result = R"({"type":"state","seq":)" + std::to_string(seq);
  result.append(",\"").append(member).append("\":").append(value) += '}';
  return result;
}

} // namespace

std::string page_state(uint64_t seq, const json& whole) {
  return numbered_state(seq, "state", message_text(whole));
}

std::string page_changes(uint64_t seq, std::string_view changes) {
  return numbered_state(seq, "changes", changes);
}

std::string page_control(const control_view& view, std::string_view client) {
  auto result = control_message(view);
  result["type"] = "control";
  result["you"] = view.driver == client;
  if (view.driver.empty())
    result["driver"] = nullptr;
  return message_text(result);
}

std::string
page_log(const std::vector<std::shared_ptr<const log_event>>& events,
         uint64_t missed) {
  std::string result = R"({"type":"log","events":[)";
  for (const auto& each : events) {
    if (&each != &events.front())
      result += ',';
    result += to_json(*each);
  }
  return result + R"(],"missed":)" + std::to_string(missed) + '}';
}

std::string page_devices(const device_round& devices) {
  auto all = json::array();
  for (const auto& each : devices)
    all.push_back({{"uid", each.uid},
                   {"name", each.name.empty() ? json{} : json(each.name)},
                   {"type", each.key.type},
                   {"connected", each.connected},
                   {"params", params_of(*each.type)}});
  return message_text({{"type", "devices"}, {"devices", std::move(all)}});
}

std::string page_values_text(const std::vector<const device_reading*>& changed,
                             uint64_t skipped) {
  std::string result = R"({"type":"values","values":{)";
  for (const auto* each : changed) {
    if (each != changed.front())
      result += ',';
    result += '"' + each->uid + "\":" + *each->text;
  }
  return result + R"(},"skipped":)" + std::to_string(skipped) + '}';
}

std::string page_stopped(const stop_cord_pulled& stop) {
  json result{{"type", "stopped"},
              {"cause", describe(stop.cause)},
              {"exit_code", stop.cause.exit_code},
              {"signal_latency_us", stop.signal_latency_us}};
  if (!stop.cause.process.empty())
    result["process"] = stop.cause.process;
  return message_text(result);
}

std::string page_done(const json& id, const json& result) {
  json message{{"type", "done"}};
  if (!id.is_null())
    message["id"] = id;
  if (result.is_object())
    message.update(result);
  return message_text(message);
}

std::string page_error(const json& id, std::string_view what) {
  json message{{"type", "error"}, {"error", what}};
  if (!id.is_null())
    message["id"] = id;
  return message_text(message);
}

} // namespace rr
