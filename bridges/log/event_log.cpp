// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/event_log.hpp"

namespace rr {

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

event_log event_log::as_bulk() const {
  auto result = *this;
  result.is_bulk_ = true;
  return result;
}

void event_log::write(log_level level, std::string_view event,
                      log_fields fields) const {
  if (!enabled(level))
    return;
  auto result = begin(level, event, fields.size());
  if (result.fields.empty())
    result.fields = std::move(fields);
  else
    for (auto& field : fields)
      result.fields.push_back(std::move(field));
  output_->take(std::move(result));
}

void event_log::make(log_level level, std::string_view event,
                     arguments fields) const {
  auto result = begin(level, event, fields.size());
  for (const auto& field : fields)
    result.fields.emplace_back(field);
  output_->take(std::move(result));
}

/// The event with its bound context, and room for so many more fields.
log_event event_log::begin(log_level level, std::string_view event,
                           size_t fields) const {
  log_event result;
  result.event = event;
  result.level = level;
  result.timestamp = std::chrono::system_clock::now();
  result.app = app_;
  result.is_bulk = is_bulk_;
  if (context_) {
    result.fields.reserve(context_->size() + fields);
    result.fields = *context_;
  }
  result.fields.reserve(result.fields.size() + fields);
  return result;
}

} // namespace rr
