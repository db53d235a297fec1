// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>

namespace rr {

/// Counts on one thread, so that it needs no locked instruction, and is read by
/// any.
class single_writer_counter {
public:
  void add(uint64_t count) noexcept {
    value_.store(get() + count, std::memory_order_relaxed);
  }

  void increment() noexcept {
    add(1);
  }

  uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<uint64_t> value_{0};
};

} // namespace rr
