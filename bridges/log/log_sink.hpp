// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <spdlog/sinks/sink.h>

#include "bridges/log/event_log.hpp"

namespace rr {

/// An spdlog sink by which any spdlog logger of a program writes events: the
/// text is the line as the program gave it, unformatted; the logger's name, if
/// it has one, is the field `logger`. For any thread; never blocks.
///
///     auto logger = spdlog::logger{"arm", std::make_shared<log_sink>(log)};
///     logger.warn("stuck at {} degrees", 17);
class log_sink final : public spdlog::sinks::sink {
public:
  /// @param log where the lines go.
  explicit log_sink(event_log log);

  /// Makes an event of a line.
  void log(const spdlog::details::log_msg& line) override;
  /// Does nothing: events leave by themselves.
  void flush() override;
  /// Does nothing: an event is not formatted here.
  void set_pattern(const std::string&) override;
  /// Does nothing, likewise.
  void set_formatter(std::unique_ptr<spdlog::formatter>) override;

private:
  event_log log_;
};

} // namespace rr
