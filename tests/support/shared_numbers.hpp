// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sched.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace rr {

/// Numbers that forks share.
struct shared_numbers {
  std::atomic<uint64_t>* at;

  shared_numbers()
    : at(static_cast<std::atomic<uint64_t>*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
             -1, 0))) {
  }

  ~shared_numbers() {
    ::munmap(at, 4096);
  }

  shared_numbers(const shared_numbers&) = delete;
  shared_numbers& operator=(const shared_numbers&) = delete;
};

/// Waits until a fork has counted up to a number, while the fork goes on: it is
/// at any instant of its next step then.
inline void wait_for_steps(const std::atomic<uint64_t>& counted,
                           uint64_t wanted) {
  using clock = std::chrono::steady_clock;
  auto end = clock::now() + std::chrono::seconds{10};
  while (counted < wanted) {
    if (clock::now() > end)
      throw std::runtime_error{"the fork takes no steps"};
    ::sched_yield();
  }
}

/// From 0 to `most`, always the same row.
class random_numbers {
public:
  explicit random_numbers(uint64_t most) noexcept : most_(most) {
  }

  uint64_t next() noexcept {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % (most_ + 1);
  }

private:
  uint64_t most_;
  uint64_t state_ = 1;
};

} // namespace rr
