// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <utility>

#include "bridges/system/wake_event.hpp"

namespace rr {

/// The patience of a thread that writes to a reader which may not read: without
/// end until the writing is to finish, then for a time.
class room_wait {
public:
  using clock = std::chrono::steady_clock;

  explicit room_wait(wake_event wake) : wake_(std::move(wake)) {
  }

  room_wait(const room_wait&) = delete;
  room_wait& operator=(const room_wait&) = delete;

  /// Waits until the descriptor may be written to.
  /// @param step once finishing, the longest wait for one room.
  /// @returns false when it has been waited for long enough.
  bool wait(int fd, clock::duration step) noexcept;

  /// From now on waits no longer than this in all. For any thread.
  void finish(clock::duration linger) noexcept;

private:
  wake_event wake_;
  /// When the linger is over; zero while not finishing.
  std::atomic<clock::rep> end_{0};
};

} // namespace rr
