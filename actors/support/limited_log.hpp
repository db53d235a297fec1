// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <caf/actor_clock.hpp>

#include "bridges/log/event_log.hpp"

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
  struct history {
    time_point last;
    uint64_t suppressed = 0;
  };

  event_log log_;
  std::map<std::string, history, std::less<>> kinds_;
};

} // namespace rr
