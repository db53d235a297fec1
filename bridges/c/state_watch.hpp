// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "bridges/buffer/robot_state.hpp"

namespace rr {

/// The robot's state as one who may be there before the runtime, and after it,
/// sees it: while the robot is disabled, the object is looked for again every
/// so often. Thread safe.
class state_watch {
public:
  explicit state_watch(std::string prefix) : prefix_(std::move(prefix)) {
  }

  /// The state as of now; none of a runtime is one that is disabled. Null only
  /// without memory.
  std::shared_ptr<const robot_state> get() {
    auto guard = std::lock_guard{mutex_};
    if (!state_ || !state_->enabled())
      look();
    return state_;
  }

private:
  using clock = std::chrono::steady_clock;

  static inline constexpr auto interval = std::chrono::milliseconds{50};

  void look() {
    auto now = clock::now();
    if (state_ && now - looked_ < interval)
      return;
    looked_ = now;
    auto found = robot_state::open(prefix_);
    if (!found && !state_)
      found = robot_state::make_private();
    if (found)
      state_ = std::move(*found);
  }

  std::string prefix_;
  std::mutex mutex_;
  std::shared_ptr<const robot_state> state_;
  clock::time_point looked_;
};

} // namespace rr
