// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include <zmq.h>

namespace rr {

/// Adds up what frames stand for, such as their bytes, until libzmq lets go of
/// them, on whichever thread.
class waiting_total : public std::enable_shared_from_this<waiting_total> {
public:
  explicit waiting_total(size_t limit) noexcept : limit_(limit) {
  }

  /// @returns whether so much more may wait.
  bool has_room(size_t amount) const noexcept {
    auto now = total_.load(std::memory_order_relaxed);
    return now <= limit_ && amount <= limit_ - now;
  }

  /// Counts a frame for that much from now on.
  /// @returns false when there is no memory.
  bool count(zmq_msg_t* frame, size_t amount) noexcept;

private:
  struct counted_frame;

  static void release(void*, void* hint) noexcept;

  size_t limit_;
  std::atomic<size_t> total_{0};
};

} // namespace rr
