// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <thread>
#include <utility>

namespace rr {

/// Starts a thread that handles no signal: all of them stay with the one that
/// waits for them.
template <class Function>
std::thread quiet_thread(Function body) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    auto result = std::thread{std::move(body)};
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return result;
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
}

/// Has the calling thread go before ordinary ones when it wakes, where the
/// system permits it: for one that sleeps most of the time, and whose work
/// cannot wait for a time slice. What it starts inherits this: it starts no
/// process.
inline void make_thread_urgent() noexcept {
  // On Linux a nice value is a thread's, and 0 is the calling one.
  ::setpriority(PRIO_PROCESS, 0, -10);
}

} // namespace rr
