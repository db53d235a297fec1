// SPDX-License-Identifier: BSD-3-Clause
#include "app/config/option_value.hpp"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>
#include <net/if.h>

#include "app/config/config_file.hpp"
#include "app/config/suggestion.hpp"
#include "bridges/zmq/socket_options.hpp"
#include "messages/address.hpp"
#include "messages/device/device_uid.hpp"
#include "messages/error.hpp"
#include "messages/name.hpp"
#include "messages/network_prefix.hpp"
#include "messages/utf8.hpp"
#include "messages/visible_text.hpp"

namespace rr {

namespace {

using value_or_error = caf::expected<caf::config_value>;

caf::error malformed(std::string text) {
  return caf::make_error(ec::malformed, std::move(text));
}

/// `VALUE FAULT, expected EXPECTATION`.
caf::error refuse(const option_row& row, std::string_view fault,
                  const caf::config_value& value) {
  return malformed(visible_text(render_value(value)) + ' ' + std::string{fault}
                   + ", expected " + expectation(row));
}

caf::error refuse_type(const option_row& row, const caf::config_value& value) {
  if (caf::holds_alternative<std::string>(value))
    return refuse(row, "is text", value);
  return refuse(row, std::string{"is of type "} + value.type_name(), value);
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_interface(const std::string& text) noexcept {
  in_addr address;
  if (text.empty() || ::inet_pton(AF_INET, text.c_str(), &address) == 1)
    return true;
  auto bad = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == '/' || c == ':';
  };
  // What consists of digits and dots was meant to be an address.
  return text.size() < IFNAMSIZ && std::ranges::none_of(text, bad)
         && text.find_first_not_of("0123456789.") != text.npos;
}

value_or_error check_choice(const option_row& row, const std::string& text) {
  auto known = split_words(row.choices);
  auto equals = row.alias.find('=');
  if (equals != row.alias.npos && text == row.alias.substr(0, equals))
    return caf::config_value{std::string{row.alias.substr(equals + 1)}};
  if (std::ranges::find(known, text) != known.end())
    return caf::config_value{text};
  return malformed('"' + visible_text(text) + "\" is unknown, expected "
                   + expectation(row) + did_you_mean(text, known));
}

/// Loopback needs no token; that is told where both are known.
std::string web_address_fault(std::string_view text) {
  auto secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://"))
    return "is neither http://host:port nor https://host:port";
  std::string rest{text.substr(secure ? 8 : 7)};
  // Browsers show one.
  if (rest.find('/') != rest.npos)
    return "has a path";
  return udp_address_fault("udp://" + rest);
}

std::string text_fault(const option_row& row, const std::string& text) {
  switch (row.type) {
    case option_type::name:
      if (text.empty() || text.size() > 200
          || std::ranges::any_of(text, is_control))
        return "is not allowed";
      return {};
    case option_type::short_name:
      return is_name(text) ? "" : "is not allowed";
    case option_type::udp_address:
      return udp_address_fault(text);
    case option_type::web_address:
      return text.empty() ? "" : web_address_fault(text);
    case option_type::interface_name:
      return is_interface(text) ? "" : "is no interface";
    case option_type::path:
      return std::ranges::any_of(text, is_control) ? "has control characters"
                                                   : "";
    default:
      return {};
  }
}

value_or_error check_text(const option_row& row,
                          const caf::config_value& value) {
  auto text = caf::get_if<std::string>(&value);
  if (!text)
    return refuse_type(row, value);
  if (!is_utf8(*text))
    return refuse(row, "is not UTF-8", value);
  if (row.type == option_type::choice)
    return check_choice(row, *text);
  if (auto fault = text_fault(row, *text); !fault.empty())
    return refuse(row, fault, value);
  return value;
}

/// Of a duration, or of an integer or one of several.
value_or_error check_number(const option_row& row,
                            const caf::config_value& value) {
  std::optional<int64_t> number;
  if (row.type != option_type::duration) {
    if (auto x = caf::get_if<int64_t>(&value.get_data()))
      number = *x;
  } else if (auto x = caf::get_if<caf::timespan>(&value)) {
    number = x->count();
  }
  if (!number)
    return refuse_type(row, value);
  if (*number < row.min || *number > row.max)
    return refuse(row, "is out of range", value);
  if (row.type == option_type::duration
      && caf::timespan{*number} > longest_duration)
    return refuse(row, "is longer than 100 years", value);
  return value;
}

std::string item_fault(option_type type, const std::string& text) {
  switch (type) {
    case option_type::addresses:
      return zmq_address_fault(text);
    case option_type::prefixes:
      return network_prefix_fault(text);
    default:
      return {};
  }
}

value_or_error check_list(const option_row& row,
                          const caf::config_value& value) {
  auto list = caf::get_if<caf::config_value::list>(&value);
  if (!list)
    return refuse_type(row, value);
  auto is_address = row.type == option_type::addresses;
  if (list->empty() && (is_address || row.required))
    return refuse(row, "is empty", value);
  for (auto& x : *list) {
    auto text = caf::get_if<std::string>(&x);
    if (!text)
      return refuse_type(row, x);
    auto fault = is_utf8(*text) ? item_fault(row.type, *text)
                                : std::string{"is not UTF-8"};
    if (!fault.empty())
      return refuse(row, fault, x);
  }
  return value;
}

value_or_error check_integers(const option_row& row,
                              const caf::config_value& value) {
  auto list = caf::get_if<caf::config_value::list>(&value);
  if (!list)
    return refuse_type(row, value);
  for (auto& x : *list)
    if (auto checked = check_number(row, x); !checked)
      return checked;
  return value;
}

std::string fault_of(const std::string& name, const caf::config_value& value,
                     std::string_view expected) {
  return visible_text(render_value(value)) + " is no value of " + name
         + ", expected " + std::string{expected};
}

std::string zmq_option_fault(const std::string& name,
                             const caf::config_value& value) {
  auto known = find_zmq_option(name);
  if (!known) {
    std::vector<std::string_view> names;
    for (auto& option : zmq_options())
      names.push_back(option.name);
    return visible_text(name)
           + " is no ZMQ socket option that can be set, expected a name such "
             "as SNDTIMEO, LINGER or IDENTITY"
           + did_you_mean(name, names);
  }
  auto expected = expected_by(*known, caf::get_if<int64_t>(&value.get_data()),
                              caf::holds_alternative<std::string>(value));
  if (!expected.empty())
    return fault_of(name, value, expected);
  socket_options::mapped_type given;
  if (auto text = caf::get_if<std::string>(&value))
    given = *text;
  else
    given = *caf::get_if<int64_t>(&value.get_data());
  return is_taken(*known, given)
           ? ""
           : fault_of(name, value, "one that a socket takes");
}

value_or_error check_map(const option_row& row,
                         const caf::config_value& value) {
  auto map = caf::get_if<caf::settings>(&value.get_data());
  if (!map)
    return refuse_type(row, value);
  for (auto& [name, x] : *map)
    if (auto fault = map_item_fault(row.type, name, x); !fault.empty())
      return malformed(fault);
  return value;
}

/// What is no number stays text, which is told where numbers are expected.
caf::config_value split_items(option_type type, std::string_view text) {
  caf::config_value::list items;
  for (auto word : split_words(text)) {
    auto number = type == option_type::integers ? parse_literal(word)
                                                : value_or_error{caf::none};
    items.push_back(number ? std::move(*number)
                           : caf::config_value{std::string{word}});
  }
  return caf::config_value{std::move(items)};
}

bool is_list(option_type type) noexcept {
  return type == option_type::addresses || type == option_type::prefixes
         || type == option_type::texts || type == option_type::integers;
}

} // namespace

std::string map_item_fault(option_type type, const std::string& name,
                           const caf::config_value& value) {
  if (auto bytes = caf::get_if<std::string>(&value); bytes && !is_utf8(*bytes))
    return fault_of(name, value, "UTF-8");
  if (type == option_type::zmq_options)
    return zmq_option_fault(name, value);
  auto text = caf::get_if<std::string>(&value);
  if (type == option_type::uids && !(text && parse_device_uid(*text)))
    return fault_of(name, value,
                    R"(a UID below 2^88 as text such as "0x1234")");
  if (!text)
    return fault_of(name, value, R"(text such as "1")");
  return {};
}

value_or_error check_value(const option_row& row,
                           const caf::config_value& value) {
  if (row.type <= option_type::interface_name)
    return check_text(row, value);
  switch (row.type) {
    case option_type::boolean:
      if (!caf::holds_alternative<bool>(value))
        return refuse_type(row, value);
      return value;
    case option_type::integer:
    case option_type::duration:
      return check_number(row, value);
    case option_type::addresses:
    case option_type::prefixes:
    case option_type::texts:
      return check_list(row, value);
    case option_type::integers:
      return check_integers(row, value);
    default:
      return check_map(row, value);
  }
}

value_or_error parse_value(const option_row& row, std::string_view text,
                           bool from_environment) {
  auto is_text = row.type <= option_type::interface_name;
  auto quoted = !from_environment && text.size() > 1 && text.starts_with('"')
                && text.ends_with('"');
  if (is_text && !quoted)
    return check_value(row, caf::config_value{std::string{text}});
  if (row.type == option_type::prefixes && from_environment) {
    // A variable that somebody meant to fill must not let everybody in.
    if (split_words(text).empty())
      return malformed("is empty, expected " + expectation(row) + ", or `"
                       + std::string{every_prefix} + "` for all");
    if (text == every_prefix)
      return caf::config_value{caf::config_value::list{}};
  }
  if (is_list(row.type) && from_environment)
    return check_value(row, split_items(row.type, text));
  if (is_list(row.type) && row.type != option_type::integers && !quoted
      && !text.starts_with('[')) {
    caf::config_value::list one;
    one.emplace_back(std::string{text});
    return check_value(row, caf::config_value{std::move(one)});
  }
  auto value = parse_literal(text);
  if (!value)
    return malformed(describe(value.error()) + ", expected "
                     + expectation(row));
  if (is_list(row.type))
    value->convert_to_list();
  return check_value(row, *value);
}

caf::config_value initial_value(const option_row& row) {
  auto value = parse_literal(row.initial);
  return value ? *value : caf::config_value{};
}

} // namespace rr
