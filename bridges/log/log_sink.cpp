// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/log_sink.hpp"

#include <utility>

namespace rr {

namespace {

log_level level_of(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return log_level::debug;
    case spdlog::level::info:
      return log_level::info;
    case spdlog::level::warn:
      return log_level::warning;
    case spdlog::level::err:
      return log_level::error;
    default:
      return log_level::critical;
  }
}

std::string_view view(spdlog::string_view_t text) noexcept {
  return {text.data(), text.size()};
}

} // namespace

log_sink::log_sink(event_log log) : log_(std::move(log)) {
}

void log_sink::log(const spdlog::details::log_msg& line) {
  auto level = level_of(line.level);
  if (line.logger_name.size() == 0)
    log_.write(level, view(line.payload));
  else
    log_.write(level, view(line.payload), {{"logger", view(line.logger_name)}});
}

void log_sink::flush() {
  // Events do not wait here.
}

void log_sink::set_pattern(const std::string&) {
  // What an event looks like is not for one logger to say.
}

void log_sink::set_formatter(std::unique_ptr<spdlog::formatter>) {
  // As above.
}

} // namespace rr
