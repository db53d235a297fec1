// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/web/foxglove_message.hpp"

#include <concepts>
#include <limits>
#include <optional>

#include "messages/error.hpp"
#include "messages/json_text.hpp"
#include "messages/visible_text.hpp"

namespace rr::foxglove {

namespace {

/// Least significant byte first.
template <std::unsigned_integral T>
void append_little_endian(std::string& out, T number) {
  for (size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(number >> (8 * i) & 0xff);
}

caf::error malformed(std::string why) {
  return caf::make_error(ec::malformed, std::move(why));
}

std::optional<uint32_t> id_of(const json& value) {
  if (!value.is_number_unsigned()
      || value.get<uint64_t>() > std::numeric_limits<uint32_t>::max())
    return std::nullopt;
  return value.get<uint32_t>();
}

/// @returns null for what is no list.
const json* list_of(const json& message, const char* key) {
  auto found = message.find(key);
  return found != message.end() && found->is_array() ? &*found : nullptr;
}

caf::expected<request> parse_subscribe(const json& message) {
  const auto* list = list_of(message, "subscriptions");
  if (!list)
    return malformed("subscribe: subscriptions is no list");
  subscribe result;
  for (const auto& each : *list) {
    auto id = each.is_object() ? id_of(each.value("id", json{})) : std::nullopt;
    auto channel_id = each.is_object() ? id_of(each.value("channelId", json{}))
                                       : std::nullopt;
    if (!id || !channel_id)
      return malformed("subscribe: expected id and channelId, integers from 0 "
                       "to 4294967295");
    result.subscriptions.push_back({*id, *channel_id});
  }
  return request{std::move(result)};
}

caf::expected<request> parse_unsubscribe(const json& message) {
  const auto* list = list_of(message, "subscriptionIds");
  if (!list)
    return malformed("unsubscribe: subscriptionIds is no list");
  unsubscribe result;
  for (const auto& each : *list) {
    auto id = id_of(each);
    if (!id)
      return malformed("unsubscribe: expected integers from 0 to 4294967295");
    result.subscription_ids.push_back(*id);
  }
  return request{std::move(result)};
}

} // namespace

std::string server_info(std::string_view name, std::string_view session) {
  return message_text({{"op", "serverInfo"},
                       {"name", name},
                       {"capabilities", json::array()},
                       {"sessionId", session}});
}

std::string advertise(const std::vector<channel>& channels) {
  auto list = json::array();
  for (const auto& each : channels)
    list.push_back({{"id", each.id},
                    {"topic", each.topic.name},
                    {"encoding", "json"},
                    {"schemaName", each.topic.schema_name},
                    {"schemaEncoding", "jsonschema"},
                    {"schema", each.topic.schema}});
  return message_text({{"op", "advertise"}, {"channels", std::move(list)}});
}

std::string unadvertise(const std::vector<uint32_t>& channel_ids) {
  return message_text({{"op", "unadvertise"}, {"channelIds", channel_ids}});
}

std::string status(status_level level, std::string_view message,
                   std::string_view id) {
  json result{
    {"op", "status"}, {"level", static_cast<int>(level)}, {"message", message}};
  if (!id.empty())
    result["id"] = id;
  return message_text(result);
}

std::string message_data(uint32_t subscription_id,
                         std::chrono::system_clock::time_point time,
                         std::string_view payload) {
  using namespace std::chrono;
  auto since = duration_cast<nanoseconds>(time.time_since_epoch()).count();
  std::string result;
  result.reserve(13 + payload.size());
  result += '\x01';
  append_little_endian(result, subscription_id);
  append_little_endian(result, static_cast<uint64_t>(since));
  return result += payload;
}

caf::expected<request> parse_request(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed.fault)
    return malformed(parsed.fault);
  const auto& message = parsed.value;
  if (!message.is_object())
    return malformed("expected a JSON object");
  auto op = message.find("op");
  if (op == message.end() || !op->is_string())
    return malformed("expected a JSON object with a text \"op\"");
  if (*op == "subscribe")
    return parse_subscribe(message);
  if (*op == "unsubscribe")
    return parse_unsubscribe(message);
  return malformed(
    "cannot do " + visible_text(op->get_ref<const std::string&>(), 64)
    + ": this server knows subscribe and unsubscribe, and has no capabilities");
}

} // namespace rr::foxglove
