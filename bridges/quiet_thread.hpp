// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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

} // namespace rr
