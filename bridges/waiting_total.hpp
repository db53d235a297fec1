// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include <zmq.h>

namespace rr {

/// Counts the bytes of frames until libzmq lets go of them, on whichever
/// thread.
class waiting_bytes : public std::enable_shared_from_this<waiting_bytes> {
public:
  explicit waiting_bytes(size_t limit) noexcept : limit_(limit) {
  }

  /// @returns whether so many more may wait.
  bool has_room(size_t size) const noexcept {
    auto now = bytes_.load(std::memory_order_relaxed);
    return now <= limit_ && size <= limit_ - now;
  }

  /// Counts a frame of that size from now on.
  /// @returns false when there is no memory.
  bool count(zmq_msg_t* frame, size_t size) noexcept;

private:
  struct counted_frame;

  static void release(void*, void* hint) noexcept;

  size_t limit_;
  std::atomic<size_t> bytes_{0};
};

} // namespace rr
