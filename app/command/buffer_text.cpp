// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/buffer_text.hpp"

#include <chrono>

#include "bridges/buffer/buffer_snapshot.hpp"

namespace rr {

namespace {

/// JSON has no byte strings.
json without_bytes(json value) {
  if (value.is_binary()) {
    auto result = json::array();
    for (auto each : value.get_binary())
      result.push_back(each);
    return result;
  }
  if (value.is_structured())
    for (auto& each : value)
      each = without_bytes(std::move(each));
  return value;
}

/// Buffers go by the steady clock, people by the calendar.
json calendar_seconds(std::chrono::nanoseconds steady) {
  if (steady.count() == 0)
    return nullptr;
  auto age = std::chrono::steady_clock::now().time_since_epoch() - steady;
  auto then = std::chrono::system_clock::now().time_since_epoch() - age;
  return std::chrono::duration<double>(then).count();
}

std::string one_line(const json& value) {
  auto result = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (result.size() > 200)
    result.replace(197, result.npos, "...");
  return result;
}

} // namespace

json buffer_as_json(const shared_buffer& buffer) {
  const auto& key = buffer.name().key;
  return {{"type", key.type},
          {"uid", to_string(key.uid)},
          {"valid", buffer.valid()},
          {"connected", buffer.connected()}};
}

caf::expected<json> buffer_contents(const shared_buffer& buffer,
                                    const robot_state& robot) {
  auto values = buffer.snapshot(buffer_block::update);
  if (!values)
    return values.error();
  auto requests = buffer.requests(robot);
  if (!requests)
    return requests.error();
  auto result = buffer_as_json(buffer);
  result["last_update"] = calendar_seconds(values->last_change());
  result["params"] = without_bytes(values->values());
  result["requested"] = without_bytes(std::move(*requests));
  return result;
}

std::string buffer_as_text(const json& contents) {
  auto flag = [&](const char* name) {
    return contents[name].get<bool>() ? std::string{name}
                                      : "not " + std::string{name};
  };
  auto result = contents["type"].get<std::string>() + " "
                + contents["uid"].get<std::string>() + ", " + flag("valid")
                + ", " + flag("connected") + "\n";
  for (const auto& [name, value] : contents["params"].items())
    result += "  " + name + " = " + one_line(value) + "\n";
  for (const auto& [name, value] : contents["requested"].items())
    result += "  " + name + " <- " + one_line(value) + "\n";
  return result;
}

json value_of_argument(std::string_view text) {
  auto result = json::parse(text, nullptr, false);
  return result.is_discarded() ? json(text) : result;
}

} // namespace rr
