// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/limited_log.hpp"

namespace rr {

limited_log::limited_log(event_log log) : log_(std::move(log)) {
}

void limited_log::warning(time_point now, const char* event,
                          log_fields fields) {
  auto suppressed = kinds_[event].pass(now);
  if (!suppressed)
    return;
  append_suppressed(fields, *suppressed);
  log_.warning(event, std::move(fields));
}

} // namespace rr
