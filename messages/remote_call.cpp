// SPDX-License-Identifier: BSD-3-Clause
#include "messages/remote_call.hpp"

#include <limits>
#include <string_view>
#include <utility>

#include "messages/error.hpp"

namespace rr {

namespace {

/// The first item of each message.
enum message_type : uint8_t {
  request_type,
  response_type,
  notification_type,
};

constexpr uint8_t array_of = 0x80;
constexpr uint8_t text_of = 0x60;
constexpr uint8_t cbor_null = 0xf6;

/// Appends a head in its shortest form; `major` has its bits in place.
void put_head(std::vector<uint8_t>& out, uint8_t major, uint64_t argument) {
  auto put = [&](uint8_t info, int bytes) {
    out.push_back(static_cast<uint8_t>(major | info));
    for (auto shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out.push_back(static_cast<uint8_t>(argument >> shift));
  };
  if (argument < 24)
    put(static_cast<uint8_t>(argument), 0);
  else if (argument <= std::numeric_limits<uint8_t>::max())
    put(24, 1);
  else if (argument <= std::numeric_limits<uint16_t>::max())
    put(25, 2);
  else if (argument <= std::numeric_limits<uint32_t>::max())
    put(26, 4);
  else
    put(27, 8);
}

void put_text(std::vector<uint8_t>& out, std::string_view text) {
  put_head(out, text_of, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

void put_value(std::vector<uint8_t>& out, const json& value) {
  json::to_cbor(value, out);
}

caf::error malformed(std::string_view what) {
  auto text = std::string{"malformed message: "};
  return caf::make_error(ec::malformed, text.append(what));
}

caf::error wrong_size(std::string_view what, size_t size, size_t expected) {
  auto text = std::string{what};
  text += " has " + std::to_string(size) + " items instead of ";
  return malformed(text += std::to_string(expected));
}

caf::error read_id(const json& item, uint32_t& id) {
  if (!item.is_number_integer())
    return malformed("id is not an integer");
  if (!item.is_number_unsigned())
    return malformed("id is negative");
  auto value = item.get<uint64_t>();
  if (value > std::numeric_limits<uint32_t>::max())
    return malformed("id is beyond 32 bits");
  id = static_cast<uint32_t>(value);
  return caf::none;
}

/// Takes over what a request and a notification have in common.
caf::error read_call(json& method_item, json& args_item, std::string& method,
                     json& args) {
  if (!method_item.is_string())
    return malformed("method is not text");
  if (!args_item.is_array())
    return malformed("args are not an array");
  method = std::move(method_item.get_ref<std::string&>());
  args = std::move(args_item);
  return caf::none;
}

caf::error read_error(json& item, call_error& error) {
  if (!item.is_array())
    return malformed("error is neither null nor an array");
  if (item.size() != 2)
    return wrong_size("error", item.size(), 2);
  if (!item[0].is_string())
    return malformed("message of the error is not text");
  if (!item[1].is_object())
    return malformed("context of the error is not a map");
  error.message = std::move(item[0].get_ref<std::string&>());
  error.context = std::move(item[1]);
  return caf::none;
}

caf::expected<call_message> read_request(json& items) {
  if (items.size() != 4)
    return wrong_size("request", items.size(), 4);
  request result;
  if (auto problem = read_id(items[1], result.id))
    return problem;
  if (auto problem = read_call(items[2], items[3], result.method, result.args))
    return problem;
  return call_message{std::move(result)};
}

caf::expected<call_message> read_response(json& items) {
  if (items.size() != 4)
    return wrong_size("response", items.size(), 4);
  response result;
  if (auto problem = read_id(items[1], result.id))
    return problem;
  if (!items[2].is_null()) {
    if (auto problem = read_error(items[2], result.error.emplace()))
      return problem;
    if (!items[3].is_null())
      return malformed("response has both an error and a result");
  }
  result.result = std::move(items[3]);
  return call_message{std::move(result)};
}

caf::expected<call_message> read_notification(json& items) {
  if (items.size() != 3)
    return wrong_size("notification", items.size(), 3);
  notification result;
  if (auto problem = read_call(items[1], items[2], result.method, result.args))
    return problem;
  return call_message{std::move(result)};
}

caf::expected<call_message> read_message(json& items) {
  if (!items.is_array())
    return malformed("is not an array");
  if (items.empty())
    return malformed("is an empty array");
  const auto& type = items[0];
  if (!type.is_number_integer())
    return malformed("type is not an integer");
  if (type == request_type)
    return read_request(items);
  if (type == response_type)
    return read_response(items);
  if (type == notification_type)
    return read_notification(items);
  return malformed("type " + type.dump() + " is unknown");
}

} // namespace

void encode(const request& x, std::vector<uint8_t>& out) {
  put_head(out, array_of, 4);
  put_head(out, 0, request_type);
  put_head(out, 0, x.id);
  put_text(out, x.method);
  put_value(out, x.args);
}

void encode(const response& x, std::vector<uint8_t>& out) {
  put_head(out, array_of, 4);
  put_head(out, 0, response_type);
  put_head(out, 0, x.id);
  if (x.error) {
    put_head(out, array_of, 2);
    put_text(out, x.error->message);
    put_value(out, x.error->context);
  } else {
    out.push_back(cbor_null);
  }
  put_value(out, x.result);
}

void encode(const notification& x, std::vector<uint8_t>& out) {
  put_head(out, array_of, 3);
  put_head(out, 0, notification_type);
  put_text(out, x.method);
  put_value(out, x.args);
}

void encode(const call_message& x, std::vector<uint8_t>& out) {
  std::visit([&out](const auto& form) { encode(form, out); }, x);
}

caf::expected<call_message> decode(std::span<const std::byte> payload,
                                   cbor_limits limits) try {
  if (auto problem = check_cbor_form(payload, limits))
    return problem;
  auto first = reinterpret_cast<const uint8_t*>(payload.data());
  constexpr auto strict = true;
  constexpr auto exceptions = false;
  auto items = json::from_cbor(first, first + payload.size(), strict,
                               exceptions);
  if (items.is_discarded())
    return malformed("cannot be decoded");
  return read_message(items);
} catch (const std::exception& problem) {
  return malformed(problem.what());
}

} // namespace rr
