// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/descriptor_guard.hpp"

#include <cerrno>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <utility>

namespace rr {

namespace {

std::atomic<descriptor_guard*> active{nullptr};

/// The first descriptor that is too high for a connection. The kernel hands out
/// the lowest that is free, so it tells how many are in use.
std::atomic<int> ceiling{INT_MAX};

std::atomic<uint64_t> refusals{0};

} // namespace

descriptor_guard::descriptor_guard(refusal_callback on_refusal)
  : on_refusal_(std::move(on_refusal)) {
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  inherited_ = now.rlim_cur;
  auto wanted = now;
  wanted.rlim_cur = std::max(now.rlim_cur,
                             std::min<rlim_t>(now.rlim_max, most_descriptors));
  auto raised = ::setrlimit(RLIMIT_NOFILE, &wanted) == 0;
  limit_ = raised ? wanted.rlim_cur : inherited_;
  ceiling = static_cast<int>(std::min<uint64_t>(limit_, INT_MAX) / 4 * 3);
  active = this;
}

descriptor_guard::~descriptor_guard() {
  active = nullptr;
  ceiling = INT_MAX;
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  now.rlim_cur = std::min<rlim_t>(inherited_, now.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &now);
}

uint64_t descriptor_guard::refused() noexcept {
  return refusals.load(std::memory_order_relaxed);
}

int descriptor_guard::accept(int listener, void* address, void* size,
                             int flags) noexcept {
  auto fd
    = static_cast<int>(::syscall(SYS_accept4, listener, address, size, flags));
  if (fd >= 0 && fd < ceiling.load(std::memory_order_relaxed))
    return fd;
  // Without a guard this is the system call and no more.
  auto guard = active.load(std::memory_order_acquire);
  if (!guard || (fd < 0 && errno != EMFILE))
    return fd;
  if (fd >= 0)
    ::close(fd);
  refusals.fetch_add(1, std::memory_order_relaxed);
  guard->report();
  errno = ECONNABORTED;
  return -1;
}

void descriptor_guard::report() noexcept {
  std::lock_guard guard{mutex_};
  if (auto more = reports_.pass(rate_limit::clock::now()); more && on_refusal_)
    on_refusal_(*more + 1);
}

} // namespace rr
