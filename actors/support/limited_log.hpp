// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <string>

#include <caf/actor_clock.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/system/rate_limit.hpp"

namespace rr {

/// Writes warnings that others can provoke as often as they like: each event
/// once a second at most. The next one says in `suppressed` how many were not
/// written in between.
class limited_log {
public:
  using time_point = caf::actor_clock::time_point;

  limited_log() = default;
  explicit limited_log(event_log log);

  /// @param event the kind, of a fixed set.
  void warning(time_point now, const char* event, log_fields fields);

private:
  event_log log_;
  std::map<std::string, rate_limit, std::less<>> kinds_;
};

} // namespace rr
