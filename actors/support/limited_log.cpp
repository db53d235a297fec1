// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/limited_log.hpp"

#include <chrono>

namespace rr {

limited_log::limited_log(event_log log) : log_(std::move(log)) {
}

void limited_log::warning(time_point now, const char* event,
                          log_fields fields) {
  auto [kind, is_new] = kinds_.try_emplace(event);
  auto& [last, suppressed] = kind->second;
  if (!is_new && now - last < std::chrono::seconds{1}) {
    ++suppressed;
    return;
  }
  last = now;
  if (suppressed > 0)
    fields.emplace_back("suppressed", std::exchange(suppressed, 0));
  log_.warning(event, std::move(fields));
}

} // namespace rr
