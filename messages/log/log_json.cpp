// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include <nlohmann/json.hpp>

#include "messages/log/log_event.hpp"
#include "messages/log/log_text.hpp"

namespace rr {

namespace {

using json = nlohmann::json;

bool is_plain(std::string_view text) noexcept {
  for (auto c : text)
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
      return false;
  return true;
}

void append_string(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

void append_key(std::string& out, std::string_view name) {
  out += out.empty() ? '{' : ',';
  append_string(out, name);
  out += ':';
}

struct json_value_writer {
  std::string& out;

  void operator()(const std::string& text) const {
    append_string(out, text);
  }

  void operator()(double number) const {
    // JSON has no word for these.
    if (!std::isfinite(number))
      out += "null";
    else
      log_text::append_number(out, number);
  }

  template <class T>
  void operator()(T value) const {
    log_text::append_number(out, value);
  }
};

} // namespace

std::string to_json(const log_event& event) {
  std::string out;
  out.reserve(128 + event.event.size() + 32 * event.fields.size());
  append_key(out, "event");
  append_string(out, event.event);
  append_key(out, "level");
  append_string(out, to_string(event.level));
  append_key(out, "timestamp");
  append_string(out, format_timestamp(event.timestamp));
  append_key(out, "app");
  append_string(out, event.app);
  log_text::for_each_field(event, [&](const log_field& field) {
    append_key(out, field.name);
    std::visit(json_value_writer{out}, field.value);
  });
  out += '}';
  return out;
}

} // namespace rr
