// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_event.hpp"
#include "messages/log/log_text.hpp"

namespace rr {

namespace {

constexpr size_t level_width = 9;

constexpr size_t event_width = 28;

constexpr std::string_view plain = "\x1b[0m";

constexpr std::string_view dim = "\x1b[2m";

std::string_view colour_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return dim;
    case log_level::info:
      return "\x1b[32m";
    case log_level::warning:
      return "\x1b[33m";
    case log_level::error:
      return "\x1b[31m";
    case log_level::critical:
      return "\x1b[1;31m";
  }
  return plain;
}

/// Characters, not bytes.
size_t width_of(std::string_view text) noexcept {
  size_t result = 0;
  for (auto c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      ++result;
  return result;
}

void pad(std::string& out, size_t used, size_t width) {
  if (used < width)
    out.append(width - used, ' ');
}

struct pretty_value_writer {
  std::string& out;

  void operator()(const std::string& text) const {
    if (!text.empty() && text.find_first_of(" =\"") == std::string::npos) {
      log_text::append_visible(out, text);
      return;
    }
    out += '"';
    log_text::append_visible(out, text, true);
    out += '"';
  }

  template <class T>
  void operator()(T number) const {
    log_text::append_number(out, number);
  }
};

} // namespace

std::string to_pretty(const log_event& event, bool coloured) {
  std::string out;
  out.reserve(96 + event.event.size() + 32 * event.fields.size());
  log_text::append_time(out, event.timestamp, ' ', 3);
  out += ' ';
  auto level = to_string(event.level);
  if (coloured)
    out += colour_of(event.level);
  out += level;
  if (coloured)
    out += plain;
  pad(out, level.size(), level_width);
  auto begin = out.size();
  log_text::append_visible(out, event.event);
  auto width = width_of(std::string_view{out}.substr(begin));
  auto first = true;
  log_text::for_each_field(event, [&](const log_field& field) {
    if (std::exchange(first, false))
      pad(out, width, event_width);
    out += ' ';
    if (coloured)
      out += dim;
    log_text::append_visible(out, field.name);
    out += '=';
    if (coloured)
      out += plain;
    std::visit(pretty_value_writer{out}, field.value);
  });
  return out;
}

} // namespace rr
