// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/event_log.hpp"

namespace rr {

log_output::~log_output() = default;

event_log::event_log() = default;

event_log::event_log(std::shared_ptr<log_output> output, std::string app,
                     log_level level)
  : output_(std::move(output)),
    app_(std::move(app)),
    level_(level) {
}

event_log event_log::with(log_fields context) const {
  auto result = *this;
  if (context_)
    context.insert(context.begin(), context_->begin(), context_->end());
  result.context_ = std::make_shared<const log_fields>(std::move(context));
  return result;
}

bool event_log::enabled(log_level level) const noexcept {
  return output_ && level >= level_;
}

void event_log::write(log_level level, std::string_view event,
                      log_fields fields) const {
  if (!enabled(level))
    return;
  log_event result;
  result.event = event;
  result.level = level;
  result.timestamp = std::chrono::system_clock::now();
  result.app = app_;
  if (context_)
    result.fields = *context_;
  for (auto& field : fields)
    result.fields.push_back(std::move(field));
  output_->write(result);
}

void event_log::debug(std::string_view event, log_fields fields) const {
  write(log_level::debug, event, std::move(fields));
}

void event_log::info(std::string_view event, log_fields fields) const {
  write(log_level::info, event, std::move(fields));
}

void event_log::warning(std::string_view event, log_fields fields) const {
  write(log_level::warning, event, std::move(fields));
}

void event_log::error(std::string_view event, log_fields fields) const {
  write(log_level::error, event, std::move(fields));
}

void event_log::critical(std::string_view event, log_fields fields) const {
  write(log_level::critical, event, std::move(fields));
}

} // namespace rr
