// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/program_end.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>

namespace rr {

namespace {

/// How long a reader may take to make room.
constexpr auto linger = std::chrono::milliseconds{500};

std::atomic<int> code_at_the_end{1};

static_assert(std::atomic<int>::is_always_lock_free);

void set_timer(std::chrono::microseconds time) noexcept {
  constexpr auto second = std::chrono::microseconds::period::den;
  itimerval value{};
  value.it_value.tv_sec = time.count() / second;
  value.it_value.tv_usec = time.count() % second;
  ::setitimer(ITIMER_REAL, &value, nullptr);
}

} // namespace

void end_within(std::chrono::milliseconds time, int exit_code) noexcept {
  code_at_the_end = exit_code;
  struct sigaction action {};
  action.sa_handler = [](int) { ::_exit(code_at_the_end); };
  sigfillset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  set_timer(time);
}

void end_in_its_own_time() noexcept {
  set_timer({});
}

void end_with_what_is_written(int exit_code) noexcept {
  end_within(linger, exit_code);
  try {
    std::cout.flush();
  } catch (...) {
    // Told to throw by the program: the rest is written all the same.
  }
  std::fflush(nullptr);
  ::_exit(exit_code);
}

} // namespace rr
