// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "bridges/log/log_output.hpp"
#include "messages/log/log_event.hpp"

namespace rr {

/// Writes events with bound context. A small value: copy it freely, use it
/// from any thread. What an event costs its writer is to keep what it says;
/// below the level, nothing is even looked at.
class event_log {
public:
  using arguments = std::initializer_list<log_argument>;

  /// Discards everything.
  event_log();

  /// @param app bound into every event.
  /// @param level events below it are not even made.
  event_log(std::shared_ptr<log_output> output, std::string app,
            log_level level = log_level::debug);

  /// The same log with more context bound, after what is bound already.
  event_log with(log_fields context) const;

  /// The same log, whose events are bulk.
  event_log as_bulk() const;

  /// Whether events of this level go anywhere.
  bool enabled(log_level level) const noexcept {
    return output_ && level >= level_;
  }

  void write(log_level level, std::string_view event,
             arguments fields = {}) const {
    if (enabled(level))
      make(level, event, fields);
  }

  void write(log_level level, std::string_view event, log_fields fields) const;

  void debug(std::string_view event, arguments fields = {}) const {
    write(log_level::debug, event, fields);
  }

  void debug(std::string_view event, log_fields fields) const {
    write(log_level::debug, event, std::move(fields));
  }

  void info(std::string_view event, arguments fields = {}) const {
    write(log_level::info, event, fields);
  }

  void info(std::string_view event, log_fields fields) const {
    write(log_level::info, event, std::move(fields));
  }

  void warning(std::string_view event, arguments fields = {}) const {
    write(log_level::warning, event, fields);
  }

  void warning(std::string_view event, log_fields fields) const {
    write(log_level::warning, event, std::move(fields));
  }

  void error(std::string_view event, arguments fields = {}) const {
    write(log_level::error, event, fields);
  }

  void error(std::string_view event, log_fields fields) const {
    write(log_level::error, event, std::move(fields));
  }

  void critical(std::string_view event, arguments fields = {}) const {
    write(log_level::critical, event, fields);
  }

  void critical(std::string_view event, log_fields fields) const {
    write(log_level::critical, event, std::move(fields));
  }

private:
  void make(log_level level, std::string_view event, arguments fields) const;
  log_event begin(log_level level, std::string_view event, size_t fields) const;

  std::shared_ptr<log_output> output_;
  std::shared_ptr<const log_fields> context_;
  std::string app_;
  log_level level_ = log_level::debug;
  bool is_bulk_ = false;
};

} // namespace rr
