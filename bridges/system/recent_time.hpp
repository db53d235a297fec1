// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <ctime>

namespace rr {

/// `clock_gettime` as the kernel shows it to every process (vdso(7)), or the C
/// library's where there is none: that one only calls it, which takes as long
/// again as the call. Set before `main`.
using clock_function = int(clockid_t, timespec*);
extern clock_function* recent_clock;

/// The steady clock in nanoseconds as of its last tick, up to 4 ms ago: a
/// fifth of the price of its exact time, which would be the most of a write.
/// Never decreases from one call to a later one, of whatever process.
inline uint64_t recent_time() noexcept {
  timespec time;
  recent_clock(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000
         + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace rr
