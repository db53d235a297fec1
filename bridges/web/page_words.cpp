// SPDX-License-Identifier: BSD-3-Clause
// What a client says, which may be anything.
#include <array>
#include <cmath>
#include <utility>

#include "bridges/web/page_messages.hpp"
#include "messages/device/device_names.hpp"
#include "messages/error.hpp"
#include "messages/json_text.hpp"

namespace rr {

namespace {

/// Bytes of an id that is a text.
constexpr size_t longest_id = 128;

/// Devices that a subscription may name.
constexpr size_t most_uids = 1024;

constexpr double fastest_rate = 60;

caf::error senseless(const std::string& what) {
  return caf::make_error(ec::malformed, what);
}

const json* member_of(const json& message, const char* name) {
  auto found = message.find(name);
  return found == message.end() ? nullptr : &*found;
}

caf::expected<std::string> text_in(const json& message, const char* name) {
  const auto* value = member_of(message, name);
  if (!value || !value->is_string())
    return senseless(std::string{name} + ": expected a text");
  return value->get<std::string>();
}

caf::error read_log(const json& wanted, page_subscription& out) {
  if (!wanted.is_object())
    return senseless("log: expected an object, or null");
  out.log = page_subscription::change::begin;
  if (!wanted.contains("level"))
    return {};
  auto text = text_in(wanted, "level");
  if (!text)
    return senseless("log." + describe(text.error()));
  auto level = parse_log_level(*text);
  if (!level)
    return senseless("log.level: " + describe(level.error()));
  out.level = *level;
  return {};
}

/// As the stream has it: in decimal, or `TYPE:NUMBER`.
std::string plain_text(const device_reference& device) {
  auto number = to_string(device.uid);
  return device.type.empty() ? number : device.type + ':' + number;
}

caf::error read_values(const json& wanted, page_subscription& out) {
  if (!wanted.is_object())
    return senseless("values: expected an object, or null");
  out.values = page_subscription::change::begin;
  out.uids = {"*"};
  if (const auto* uids = member_of(wanted, "uids")) {
    if (!uids->is_array() || uids->size() > most_uids)
      return senseless("values.uids: expected a list of at most "
                       + std::to_string(most_uids) + " texts");
    out.uids.clear();
    for (const auto& each : *uids) {
      if (!each.is_string())
        return senseless("values.uids: expected texts");
      auto text = each.get<std::string>();
      // A UID may be written in more than one way.
      if (auto device = parse_device(text, {}))
        out.uids.push_back(plain_text(*device));
      out.uids.push_back(std::move(text));
    }
  }
  if (const auto* rate = member_of(wanted, "rate")) {
    // A NaN is neither.
    if (!rate->is_number() || !(rate->get<double>() >= 1)
        || rate->get<double>() > fastest_rate)
      return senseless("values.rate: expected a number from 1 to 60");
    out.rate = rate->get<double>();
  }
  return {};
}

caf::expected<page_demand> read_subscribe(const json& message) {
  using change = page_subscription::change;
  page_subscription result;
  const auto* log = member_of(message, "log");
  const auto* values = member_of(message, "values");
  if (!log && !values)
    return senseless("subscribe: expected log, values, or both");
  if (log && log->is_null())
    result.log = change::end;
  else if (log)
    if (auto failed = read_log(*log, result))
      return failed;
  if (values && values->is_null())
    result.values = change::end;
  else if (values)
    if (auto failed = read_values(*values, result))
      return failed;
  return page_demand{std::move(result)};
}

/// As of a control packet, whose rules it has.
caf::expected<page_demand> read_gamepad(const json& message) {
  const auto* index = member_of(message, "index");
  if (!index || !index->is_number_unsigned()
      || index->get<uint64_t>() >= gamepad_count)
    return senseless("index: expected a number from 0 to 15");
  auto pad = message;
  for (auto name : {"type", "id", "index"})
    pad.erase(name);
  auto pads = json::object();
  pads[std::to_string(index->get<uint64_t>())] = std::move(pad);
  auto args = json::array();
  args.push_back(std::move(pads));
  auto inputs = decode_control(args);
  if (!inputs)
    return senseless(describe(inputs.error()));
  return page_demand{inputs->at(0)};
}

caf::expected<page_demand> read_take_control(const json&) {
  return page_demand{page_take_control{}};
}

caf::expected<page_demand> read_stop(const json& message) {
  if (!message.contains("reason"))
    return page_demand{page_stop{}};
  auto reason = text_in(message, "reason");
  if (!reason)
    // A stop is a stop, however it is worded.
    return page_demand{page_stop{message["reason"].dump()}};
  return page_demand{page_stop{std::move(*reason)}};
}

caf::expected<page_demand> read_order(const json& message) {
  auto process = text_in(message, "process");
  if (!process)
    return std::move(process.error());
  auto what = text_in(message, "what");
  if (!what)
    return std::move(what.error());
  page_order result{std::move(*process), page_order::kind::start};
  if (*what == "stop")
    result.what = page_order::kind::stop;
  else if (*what == "restart")
    result.what = page_order::kind::restart;
  else if (*what != "start")
    return senseless("what: expected start, stop or restart");
  return page_demand{std::move(result)};
}

caf::expected<page_demand> read_request(const json& message) {
  auto device = text_in(message, "device");
  if (!device)
    return std::move(device.error());
  auto parameter = text_in(message, "param");
  if (!parameter)
    return std::move(parameter.error());
  const auto* value = member_of(message, "value");
  if (!value)
    return senseless("value: there is none");
  return page_demand{
    page_request{std::move(*device), std::move(*parameter), *value}};
}

caf::expected<page_demand> read_explanation(const json& message) {
  page_explanation result;
  const auto* last = member_of(message, "last");
  if (!last)
    return page_demand{result};
  if (!last->is_number_unsigned() || last->get<uint64_t>() == 0
      || last->get<uint64_t>() > page_explanation::most_ends)
    return senseless("last: expected a number from 1 to "
                     + std::to_string(page_explanation::most_ends));
  result.last = last->get<size_t>();
  return page_demand{result};
}

using reader = caf::expected<page_demand> (*)(const json&);

constexpr std::array<std::pair<std::string_view, reader>, 7> readers{{
  {"gamepad", read_gamepad},
  {"subscribe", read_subscribe},
  {"take_control", read_take_control},
  {"estop", read_stop},
  {"order", read_order},
  {"request", read_request},
  {"explain", read_explanation},
}};

caf::expected<page_demand> read_demand(const json& message) {
  auto type = text_in(message, "type");
  if (!type)
    return std::move(type.error());
  for (const auto& [name, read] : readers)
    if (*type == name)
      return read(message);
  return senseless(
    "type: expected subscribe, gamepad, take_control, estop, order, "
    "request or explain");
}

bool is_id(const json& id) {
  return id.is_number()
         || (id.is_string()
             && id.get_ref<const std::string&>().size() <= longest_id);
}

} // namespace

page_words read_page_words(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed.fault)
    return {{}, senseless(parsed.fault)};
  const auto& message = parsed.value;
  if (!message.is_object())
    return {{}, senseless("expected an object")};
  json id;
  auto has_wrong_id = false;
  if (const auto* given = member_of(message, "id")) {
    has_wrong_id = !is_id(*given);
    if (!has_wrong_id)
      id = *given;
  }
  auto demand = read_demand(message);
  if (has_wrong_id && demand && !std::holds_alternative<page_stop>(*demand))
    demand = senseless("id: expected a number, or a text of at most 128 bytes");
  const auto* type = member_of(message, "type");
  return {std::move(id), std::move(demand), type && *type == "gamepad"};
}

} // namespace rr
