// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "bridges/event_log.hpp"

namespace rr {

/// Keeps every event, for tests to look at. Thread safe.
class recording_log_output : public log_output {
public:
  void write(const log_event& event) noexcept override {
    std::lock_guard guard{mutex_};
    events_.push_back(event);
  }

  std::vector<log_event> events() const {
    std::lock_guard guard{mutex_};
    return events_;
  }

  /// How often an event of that text was written.
  size_t count(std::string_view event) const {
    auto all = events();
    return static_cast<size_t>(
      std::count_if(all.begin(), all.end(),
                    [&](const log_event& x) { return x.event == event; }));
  }

  bool has(std::string_view event) const {
    return count(event) > 0;
  }

  void clear() {
    std::lock_guard guard{mutex_};
    events_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::vector<log_event> events_;
};

} // namespace rr
