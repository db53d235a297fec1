// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <mutex>
#include <string_view>
#include <vector>

#include "bridges/log/event_log.hpp"

namespace rr {

/// Keeps every event, in the order of their writing, for a test to look at.
/// Thread safe.
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

  /// How many events have this text.
  size_t count(std::string_view event) const {
    auto guard = std::lock_guard{mutex_};
    return static_cast<size_t>(
      std::count_if(events_.begin(), events_.end(),
                    [=](auto& x) { return x.event == event; }));
  }

  bool has(std::string_view event) const {
    return count(event) > 0;
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
