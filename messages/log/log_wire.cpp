// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_wire.hpp"

#include <nlohmann/json.hpp>

#include "messages/call/remote_call.hpp"
#include "messages/cbor/cbor_writer.hpp"
#include "messages/error.hpp"
#include "messages/json_text.hpp"
#include "messages/log/log_text.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

using bytes = std::vector<uint8_t>;

void put_text(bytes& out, std::string_view text) {
  if (is_utf8(text)) {
    put_cbor_text(out, text);
    return;
  }
  // Its JSON has the bytes replaced already.
  auto dumped = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  put_cbor_text(out, json::parse(dumped).get_ref<const std::string&>());
}

struct wire_value_writer {
  bytes& out;

  void operator()(const std::string& text) const {
    put_text(out, text);
  }

  void operator()(bool flag) const {
    put_cbor_bool(out, flag);
  }

  void operator()(double number) const {
    put_cbor_double(out, number);
  }

  template <class T>
  void operator()(T number) const {
    put_cbor_integer(out, number);
  }
};

/// Whether a field is the event's own, and not its publisher's.
bool is_context(std::string_view name) noexcept {
  return name != "source" && name != "seq";
}

caf::error malformed(std::string_view what) {
  return caf::make_error(ec::malformed,
                         "malformed log event: " + std::string{what});
}

/// Checks what every event has, and gives its level the name that it has here.
caf::expected<json> checked(json event) {
  if (!event.is_object())
    return malformed("not a map");
  if (auto text = event.find("event");
      text == event.end() || !text->is_string())
    return malformed("no event");
  auto level = event.find("level");
  if (level == event.end() || !level->is_string())
    return malformed("no level");
  auto known = parse_log_level(level->get_ref<const std::string&>());
  if (!known)
    return malformed(describe(known.error()));
  *level = to_string(*known);
  return event;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

log_field as_field(const std::string& name, const json& value) {
  switch (value.type()) {
    case json::value_t::string:
      return {name, value.get_ref<const std::string&>()};
    case json::value_t::boolean:
      return {name, value.get<bool>()};
    case json::value_t::number_integer:
      return {name, value.get<int64_t>()};
    case json::value_t::number_unsigned:
      return {name, value.get<uint64_t>()};
    case json::value_t::number_float:
      return {name, value.get<double>()};
    default:
      return {name, dumped(value)};
  }
}

constexpr std::string_view first_keys[] = {"event", "level", "timestamp",
                                           "app"};

} // namespace

void encode_log_event(const log_event& event, std::string_view source,
                      uint64_t seq, bytes& out) {
  uint64_t count = 6;
  log_text::for_each_field(event, [&](const log_field& field) {
    count += is_context(field.name) ? 1 : 0;
  });
  auto level = to_string(event.level);
  put_cbor_head(out, cbor_major::array, 3);
  put_cbor_integer(out, uint64_t{2});
  put_cbor_text(out, level);
  put_cbor_head(out, cbor_major::array, 1);
  put_cbor_head(out, cbor_major::map, count);
  put_cbor_text(out, "event");
  put_text(out, event.event);
  put_cbor_text(out, "level");
  put_cbor_text(out, level);
  put_cbor_text(out, "timestamp");
  put_cbor_text(out, format_timestamp(event.timestamp));
  put_cbor_text(out, "app");
  put_text(out, event.app);
  log_text::for_each_field(event, [&](const log_field& field) {
    if (!is_context(field.name))
      return;
    put_text(out, field.name);
    std::visit(wire_value_writer{out}, field.value);
  });
  put_cbor_text(out, "source");
  put_cbor_text(out, source);
  put_cbor_text(out, "seq");
  put_cbor_integer(out, seq);
}

caf::expected<json> decode_log_event(std::span<const std::byte> payload,
                                     cbor_limits limits) {
  auto message = decode(payload, limits);
  if (!message)
    return message.error();
  auto notified = std::get_if<notification>(&*message);
  if (!notified)
    return malformed("not a notification");
  if (notified->args.size() != 1)
    return malformed("not one argument");
  return checked(std::move(notified->args[0]));
}

caf::expected<json> parse_log_line(std::string_view line) {
  auto parsed = parse_json(line);
  if (parsed.fault)
    return malformed(parsed.fault);
  return checked(std::move(parsed.value));
}

log_level level_of(const json& event) {
  return *parse_log_level(event.at("level").get_ref<const std::string&>());
}

std::string log_line(const json& event) {
  std::string result;
  auto add = [&](std::string_view key, const json& value) {
    result += result.empty() ? '{' : ',';
    result += dumped(key);
    result += ':';
    result += dumped(value);
  };
  for (auto key : first_keys)
    if (auto found = event.find(key); found != event.end())
      add(key, *found);
  for (const auto& [key, value] : event.items())
    if (!log_text::is_reserved(key))
      add(key, value);
  return result.empty() ? "{}" : result + '}';
}

log_event as_log_event(const json& event) {
  log_event result;
  result.event = event.at("event").get<std::string>();
  result.level = level_of(event);
  result.timestamp = std::chrono::system_clock::now();
  for (const auto& [key, value] : event.items()) {
    if (key == "app")
      result.app = value.is_string() ? value.get<std::string>() : dumped(value);
    else if (key == "timestamp" && value.is_string()) {
      if (auto time = parse_timestamp(value.get_ref<const std::string&>()))
        result.timestamp = *time;
    } else if (!log_text::is_reserved(key) && is_context(key))
      result.fields.push_back(as_field(key, value));
  }
  return result;
}

} // namespace rr
