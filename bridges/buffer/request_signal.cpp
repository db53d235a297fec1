// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/request_signal.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

namespace rr {

using namespace std::chrono_literals;

[[gnu::noinline, gnu::cold]] void request_signal::wake() const noexcept {
  auto waited = awaited().load(std::memory_order_acquire);
  wakes().fetch_add(1, std::memory_order_acq_rel);
  // The futex is the lower half of the number, which comes first.
  ::syscall(SYS_futex, at_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  awaited().compare_exchange_strong(waited, 0, std::memory_order_acq_rel);
}

wait_end request_signal::sleep(
  uint64_t seen,
  std::optional<std::chrono::steady_clock::time_point> until) const noexcept {
  // Always with an end: the kernel begins a wait without one again after a
  // signal handler with SA_RESTART.
  auto end = until.value_or(std::chrono::steady_clock::now() + 24h * 365)
               .time_since_epoch();
  timespec when{static_cast<time_t>(end / 1s),
                static_cast<long>((end % 1s).count())};
  if (end < 0ns)
    when = {};
  auto failed = ::syscall(SYS_futex, at_, FUTEX_WAIT_BITSET,
                          static_cast<uint32_t>(seen), &when, nullptr,
                          FUTEX_BITSET_MATCH_ANY)
                != 0;
  if (failed && errno == ETIMEDOUT)
    return until ? wait_end::timed_out : wait_end::changed;
  if (failed && errno == EINTR)
    return wait_end::interrupted;
  return wait_end::changed;
}

} // namespace rr
