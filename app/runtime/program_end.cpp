// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/program_end.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <iostream>

namespace rr {

namespace {

/// How long a reader may take to make room.
constexpr auto linger = std::chrono::milliseconds{500};

std::atomic<int> code_at_the_end{1};

static_assert(std::atomic<int>::is_always_lock_free);

/// The timer there is, and who takes its signal; 0 for nobody yet.
timer_t timer;
std::atomic<pid_t> taker{0};

/// For the calling thread alone: one that is sent to the process may be read by
/// whoever listens to signals, and is lost then.
bool make_timer() noexcept {
  auto self = ::gettid();
  if (taker == self)
    return true;
  if (taker.exchange(0) != 0)
    ::timer_delete(timer);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGALRM;
  event._sigev_un._tid = self;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
    return false;
  taker = self;
  return true;
}

void set_timer(std::chrono::nanoseconds time) noexcept {
  constexpr auto second = std::chrono::nanoseconds::period::den;
  itimerspec value{};
  value.it_value.tv_sec = time.count() / second;
  value.it_value.tv_nsec = time.count() % second;
  ::timer_settime(timer, 0, &value, nullptr);
}

/// Also in the place of a timer that the system refuses: the signal is lost
/// seldom.
void set_alarm(std::chrono::milliseconds time) noexcept {
  itimerval value{};
  value.it_value.tv_sec = time.count() / 1000;
  value.it_value.tv_usec = time.count() % 1000 * 1000;
  ::setitimer(ITIMER_REAL, &value, nullptr);
}

} // namespace

void end_within(std::chrono::milliseconds time, int exit_code) noexcept {
  code_at_the_end = exit_code;
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  // Not because somebody else sends one.
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    if (info->si_code == SI_TIMER || info->si_code == SI_KERNEL)
      ::_exit(code_at_the_end);
  };
  sigfillset(&action.sa_mask);
  ::sigaction(SIGALRM, &action, nullptr);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  if (make_timer())
    set_timer(time);
  else
    set_alarm(time);
}

void end_in_its_own_time() noexcept {
  if (taker != 0)
    set_timer({});
  set_alarm({});
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
