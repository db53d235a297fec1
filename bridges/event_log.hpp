// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "messages/log_event.hpp"

namespace rr {

/// Takes events, from any thread, and never blocks, waits or throws: what it
/// cannot keep it drops and counts.
class log_output {
public:
  virtual ~log_output();
  virtual void write(const log_event& event) noexcept = 0;
};

/// Writes events with bound context. A small value: copy it freely, use it
/// from any thread.
class event_log {
public:
  /// Discards everything.
  event_log();

  /// @param app bound into every event.
  /// @param level events below it are not even made.
  event_log(std::shared_ptr<log_output> output, std::string app,
            log_level level = log_level::debug);

  /// The same log with more context bound, after what is bound already.
  event_log with(log_fields context) const;

  /// Whether events of this level go anywhere.
  bool enabled(log_level level) const noexcept;

  void write(log_level level, std::string_view event,
             log_fields fields = {}) const;

  void debug(std::string_view event, log_fields fields = {}) const;
  void info(std::string_view event, log_fields fields = {}) const;
  void warning(std::string_view event, log_fields fields = {}) const;
  void error(std::string_view event, log_fields fields = {}) const;
  void critical(std::string_view event, log_fields fields = {}) const;

private:
  std::shared_ptr<log_output> output_;
  std::shared_ptr<const log_fields> context_;
  std::string app_;
  log_level level_ = log_level::debug;
};

} // namespace rr
