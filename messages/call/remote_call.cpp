// SPDX-License-Identifier: BSD-3-Clause
#include "messages/call/remote_call.hpp"

#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "messages/call/call_head.hpp"
#include "messages/call/message_type.hpp"
#include "messages/cbor/cbor_head.hpp"
#include "messages/cbor/cbor_value.hpp"
#include "messages/cbor/cbor_writer.hpp"
#include "messages/error.hpp"
#include "messages/utf8.hpp"

namespace rr {

namespace {

constexpr uint8_t cbor_null = 0xf6;

void put_value(std::vector<uint8_t>& out, const json& value) {
  json::to_cbor(value, out);
}

/// What is wrong with a value, as literal text; null when nothing is.
using fault = const char*;

/// Of what is inside a message, which is an array itself.
constexpr size_t most_nesting = cbor_limits{}.max_nesting - 1;

constexpr auto not_utf8 = "text is not UTF-8";

fault fault_in(const json& value, size_t nesting_left) {
  switch (value.type()) {
    case json::value_t::string:
      return is_utf8(value.get_ref<const std::string&>()) ? nullptr : not_utf8;
    case json::value_t::binary:
      return value.get_binary().has_subtype() ? "a byte string has a subtype"
                                              : nullptr;
    case json::value_t::discarded:
      return "a value is none";
    case json::value_t::array:
    case json::value_t::object:
      break;
    default:
      return nullptr;
  }
  if (nesting_left == 0)
    return "nesting is too deep";
  if (value.is_object()) {
    for (const auto& [key, entry] : value.get_ref<const json::object_t&>()) {
      if (!is_utf8(key))
        return "a key is not UTF-8";
      if (auto what = fault_in(entry, nesting_left - 1))
        return what;
    }
    return nullptr;
  }
  for (const auto& item : value.get_ref<const json::array_t&>())
    if (auto what = fault_in(item, nesting_left - 1))
      return what;
  return nullptr;
}

std::string told(const char* where, fault what) {
  return what ? std::string{where} + ": " + what : std::string{};
}

std::string fault_of_call(const std::string& method, const json& args) {
  if (!is_utf8(method))
    return told("method", not_utf8);
  if (!args.is_array())
    return told("args", "are not an array");
  return told("args", fault_in(args, most_nesting));
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

/// Reads one item after the other of bytes that nobody has checked.
class unchecked_items {
public:
  explicit unchecked_items(std::span<const std::byte> payload) noexcept
    : bytes_(reinterpret_cast<const uint8_t*>(payload.data())),
      size_(payload.size()) {
  }

  std::optional<cbor_head> head() noexcept {
    cbor_head result;
    if (read_cbor_head(bytes_, size_, at_, result))
      return std::nullopt;
    return result;
  }

  std::optional<uint64_t> natural_number() noexcept {
    auto item = head();
    if (!item || item->type != cbor_major::unsigned_integer
        || item->is_indefinite())
      return std::nullopt;
    return item->argument;
  }

  /// @returns whether there is one.
  bool text() noexcept {
    auto item = head();
    if (!item || item->type != cbor_major::text_string)
      return false;
    if (!item->is_indefinite())
      return characters(item->argument);
    for (;;) {
      auto chunk = head();
      if (!chunk || chunk->is_break())
        return chunk.has_value();
      if (chunk->type != cbor_major::text_string || chunk->is_indefinite()
          || !characters(chunk->argument))
        return false;
    }
  }

private:
  bool characters(uint64_t count) noexcept {
    if (count > size_ - at_)
      return false;
    auto begin = reinterpret_cast<const char*>(bytes_ + at_);
    at_ += static_cast<size_t>(count);
    return is_utf8({begin, static_cast<size_t>(count)});
  }

  const uint8_t* bytes_;
  size_t size_;
  size_t at_ = 0;
};

} // namespace

void encode(const request& x, std::vector<uint8_t>& out) {
  put_cbor_head(out, cbor_major::array, 4);
  put_cbor_integer(out, uint64_t{request_type});
  put_cbor_integer(out, uint64_t{x.id});
  put_cbor_text(out, x.method);
  put_value(out, x.args);
}

void encode(const response& x, std::vector<uint8_t>& out) {
  put_cbor_head(out, cbor_major::array, 4);
  put_cbor_integer(out, uint64_t{response_type});
  put_cbor_integer(out, uint64_t{x.id});
  if (x.error) {
    put_cbor_head(out, cbor_major::array, 2);
    put_cbor_text(out, x.error->message);
    put_value(out, x.error->context);
  } else {
    out.push_back(cbor_null);
  }
  put_value(out, x.result);
}

void encode(const notification& x, std::vector<uint8_t>& out) {
  put_cbor_head(out, cbor_major::array, 3);
  put_cbor_integer(out, uint64_t{notification_type});
  put_cbor_text(out, x.method);
  put_value(out, x.args);
}

void encode(const call_message& x, std::vector<uint8_t>& out) {
  std::visit([&out](const auto& form) { encode(form, out); }, x);
}

std::string fault_of(const request& x) {
  return fault_of_call(x.method, x.args);
}

std::string fault_of(const response& x) {
  if (!x.error)
    return told("result", fault_in(x.result, most_nesting));
  if (!is_utf8(x.error->message))
    return told("error", not_utf8);
  if (!x.error->context.is_object())
    return told("context", "is not a map");
  return told("context", fault_in(x.error->context, most_nesting - 1));
}

std::string fault_of(const notification& x) {
  return fault_of_call(x.method, x.args);
}

std::string as_utf8(std::string_view text) {
  if (is_utf8(text))
    return std::string{text};
  auto quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

caf::expected<call_message> decode(std::span<const std::byte> payload,
                                   cbor_limits limits) try {
  if (auto problem = check_cbor_form(payload, limits))
    return problem;
  auto items = read_checked_cbor(payload);
  return read_message(items);
} catch (const std::exception& problem) {
  return malformed(problem.what());
}

std::optional<uint32_t>
id_of_request(std::span<const std::byte> payload) noexcept {
  unchecked_items items{payload};
  auto message = items.head();
  if (!message || message->type != cbor_major::array
      || (!message->is_indefinite() && message->argument < 3))
    return std::nullopt;
  auto type = items.natural_number();
  if (!type || *type != request_type)
    return std::nullopt;
  auto id = items.natural_number();
  if (!id || *id > std::numeric_limits<uint32_t>::max() || !items.text())
    return std::nullopt;
  return static_cast<uint32_t>(*id);
}

bool calls_method(std::span<const std::byte> payload,
                  std::string_view method) noexcept {
  auto head = read_call_head(payload);
  return head && head->method == method
         && (head->form == call_form::request
             || head->form == call_form::notification);
}

} // namespace rr
