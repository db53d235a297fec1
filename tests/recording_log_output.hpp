// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <mutex>
#include <string_view>
#include <vector>

#include "bridges/event_log.hpp"

namespace rr {

/// Keeps every event for a test to look at. Thread safe.
class recording_log_output : public log_output {
public:
  void write(const log_event& event) noexcept override {
    auto guard = std::lock_guard{mutex_};
    events_.push_back(event);
  }

  std::vector<log_event> events() const {
    auto guard = std::lock_guard{mutex_};
    return events_;
  }

  /// Whether there is an event of this text.
  bool has(std::string_view event) const {
    auto guard = std::lock_guard{mutex_};
    return std::any_of(events_.begin(), events_.end(),
                       [=](auto& x) { return x.event == event; });
  }

  void clear() {
    auto guard = std::lock_guard{mutex_};
    events_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::vector<log_event> events_;
};

} // namespace rr
