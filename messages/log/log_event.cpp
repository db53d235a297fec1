// SPDX-License-Identifier: BSD-3-Clause
#include "messages/log/log_event.hpp"

#include "messages/error.hpp"
#include "messages/log/log_text.hpp"

namespace rr {

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
    case log_level::critical:
      return "critical";
  }
  return "unknown";
}

caf::expected<log_level> parse_log_level(std::string_view text) {
  if (text == "warn")
    return log_level::warning;
  for (auto level : {log_level::debug, log_level::info, log_level::warning,
                     log_level::error, log_level::critical})
    if (text == to_string(level))
      return level;
  return caf::make_error(ec::malformed,
                         "unknown log level: " + std::string{text});
}

void append_suppressed(log_fields& fields, uint64_t count) {
  if (count > 0)
    fields.emplace_back("suppressed", count);
}

log_field::log_field(std::string field, std::string_view text)
  : name(std::move(field)),
    value(std::string{text}) {
}

log_field::log_field(std::string field, const char* text)
  : name(std::move(field)),
    value(std::string{text}) {
}

log_field::log_field(std::string field, std::string text)
  : name(std::move(field)),
    value(std::move(text)) {
}

log_field::log_field(std::string field, bool flag)
  : name(std::move(field)),
    value(flag) {
}

log_field::log_field(std::string field, double number)
  : name(std::move(field)),
    value(number) {
}

log_field::log_field(const log_argument& argument)
  : name(argument.name()),
    value(argument.value()) {
}

log_argument::log_argument(const log_field& field) noexcept
  : log_argument(std::visit(
    [&](const auto& x) {
      return log_argument{field.name.c_str(), x};
    },
    field.value)) {
}

log_value log_argument::value() const {
  switch (kind_) {
    case kind::flag:
      return flag_;
    case kind::integer:
      return integer_;
    case kind::natural:
      return natural_;
    case kind::real:
      return real_;
    case kind::text:
      break;
  }
  return std::string{text_, size_};
}

bool is_local(const log_event& event) noexcept {
  for (auto i = event.fields.rbegin(); i != event.fields.rend(); ++i)
    if (i->name == "transmit")
      return i->value == log_value{false};
  return false;
}

std::string format_timestamp(std::chrono::system_clock::time_point time) {
  std::string out;
  log_text::append_time(out, time, 'T', 6);
  out += 'Z';
  return out;
}

} // namespace rr
