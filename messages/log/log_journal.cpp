// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_plain.hpp"

#include <cstdint>

#include "messages/log/log_text.hpp"

namespace rr {

namespace {

/// The journal takes no longer name.
constexpr size_t longest_name = 64;

/// As syslog counts.
char priority_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return '7';
    case log_level::info:
      return '6';
    case log_level::warning:
      return '4';
    case log_level::error:
      return '3';
    case log_level::critical:
      return '2';
  }
  return '6';
}

/// Values that have lines, or any other byte, are told with their length.
void append_entry(std::string& out, std::string_view name,
                  std::string_view value) {
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    (out += '=') += value;
  } else {
    out += '\n';
    for (auto i = 0; i < 8; ++i)
      out += static_cast<char>(uint64_t{value.size()} >> (8 * i) & 0xff);
    out += value;
  }
  out += '\n';
}

/// Capitals, digits and `_` alone.
std::string journal_name(std::string_view name) {
  std::string result = "RR_";
  for (auto c : name.substr(0, longest_name - result.size())) {
    auto is_small = c >= 'a' && c <= 'z';
    auto is_known = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    result += is_small ? static_cast<char>(c - 'a' + 'A') : is_known ? c : '_';
  }
  return result;
}

struct journal_value {
  std::string operator()(const std::string& text) const {
    return text;
  }

  template <class T>
  std::string operator()(T number) const {
    std::string result;
    log_text::append_number(result, number);
    return result;
  }
};

} // namespace

std::string to_journal(const log_event& event) {
  std::string result;
  append_entry(result, "MESSAGE", to_plain(event));
  append_entry(result, "PRIORITY", std::string(1, priority_of(event.level)));
  append_entry(result, "SYSLOG_IDENTIFIER", subject_of(event));
  append_entry(result, "RR_EVENT", event.event);
  append_entry(result, "RR_APP", event.app);
  append_entry(result, "RR_TIMESTAMP", format_timestamp(event.timestamp));
  log_text::for_each_field(event, [&](const log_field& field) {
    append_entry(result, journal_name(field.name),
                 std::visit(journal_value{}, field.value));
  });
  return result;
}

} // namespace rr
