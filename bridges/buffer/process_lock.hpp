// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pthread.h>

#include <chrono>

#include <caf/error.hpp>

namespace rr {

/// A lock in shared memory that all processes take by turns, and that is free
/// again when its holder has died: a robust mutex of POSIX threads. It is a
/// view; the memory is another's.
///
/// What is in the memory is believed to be a lock, once it has been checked:
/// who can write to the memory at will can harm whoever takes the lock.
class process_lock {
public:
  /// How long `acquire` waits for a holder that is alive, if it is not told.
  static inline constexpr std::chrono::milliseconds patience{1000};

  process_lock() = default;

  /// @param at aligned for a mutex, mapped for as long as the lock is used.
  explicit process_lock(void* at) noexcept
    : mutex_(static_cast<pthread_mutex_t*>(at)) {
  }

  /// Makes a lock of raw memory. Before it is shared.
  static void initialise(void* at) noexcept;

  /// Whether the memory holds a lock that `initialise` made.
  bool is_sound() const noexcept;

  /// Takes the lock, also from a holder that died with it: what it left behind
  /// is for the caller to make good.
  /// @param longest to wait for a holder that is alive; 0 for not at all.
  /// @returns an `errno` value: 0; `EBUSY` when a living holder did not let it
  ///          go in time.
  [[nodiscard]] int
  acquire(std::chrono::milliseconds longest = patience) noexcept {
    auto result = ::pthread_mutex_trylock(mutex_);
    return result == 0 ? 0 : acquire_slowly(result, longest);
  }

  void release() noexcept {
    ::pthread_mutex_unlock(mutex_);
  }

private:
  int acquire_slowly(int result, std::chrono::milliseconds longest) noexcept;

  pthread_mutex_t* mutex_ = nullptr;
};

} // namespace rr
