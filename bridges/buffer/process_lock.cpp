// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/process_lock.hpp"

#include <cerrno>
#include <ctime>

namespace rr {

void process_lock::initialise(void* at) noexcept {
  pthread_mutexattr_t how;
  ::pthread_mutexattr_init(&how);
  ::pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutex_init(static_cast<pthread_mutex_t*>(at), &how);
  ::pthread_mutexattr_destroy(&how);
}

bool process_lock::is_sound() const noexcept {
#ifdef __GLIBC__
  // With a lock of another kind, such as one without robustness, glibc may
  // abort.
  pthread_mutex_t model;
  initialise(&model);
  return mutex_->__data.__kind == model.__data.__kind;
#else
  return true;
#endif
}

int process_lock::acquire_slowly(int result,
                                 std::chrono::milliseconds longest) noexcept {
  if (result == EBUSY && longest.count() > 0) {
    timespec until;
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
    until.tv_sec += seconds.count();
    until.tv_nsec += std::chrono::nanoseconds{longest - seconds}.count();
    if (until.tv_nsec >= 1'000'000'000) {
      ++until.tv_sec;
      until.tv_nsec -= 1'000'000'000;
    }
    result = ::pthread_mutex_clocklock(mutex_, CLOCK_MONOTONIC, &until);
  }
  if (result == EOWNERDEAD)
    return ::pthread_mutex_consistent(mutex_);
  return result == ETIMEDOUT ? EBUSY : result;
}

} // namespace rr
