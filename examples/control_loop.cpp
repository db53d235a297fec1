// SPDX-License-Identifier: BSD-3-Clause

// A robot's control loop: 50 times a second it would read the sensors and set
// the motors. Once a second it prints how punctual it was. SIGTERM or SIGINT
// ends it, with the motors off and exit code 0.

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

using namespace std::chrono_literals;

using clock_type = std::chrono::steady_clock;

constexpr auto period = 20ms;

/// How late the steps of one second were.
struct punctuality {
  int steps = 0;
  uint64_t missed = 0;
  std::chrono::nanoseconds sum{};
  std::chrono::nanoseconds worst{};

  void add(std::chrono::nanoseconds late) {
    ++steps;
    sum += late;
    worst = std::max(worst, late);
  }
};

double to_microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>{time}.count();
}

int fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  return 1;
}

/// A timer that expires every period, from one period after `start` on.
int make_timer(clock_type::time_point start) {
  auto to_timespec = [](std::chrono::nanoseconds time) {
    return timespec{static_cast<time_t>(time / 1s),
                    static_cast<long>((time % 1s).count())};
  };
  auto fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (fd < 0)
    return -1;
  itimerspec when{to_timespec(period),
                  to_timespec(start.time_since_epoch() + period)};
  if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, nullptr) < 0)
    return -1;
  return fd;
}

/// Where a robot's own work goes. Has to be done within one period.
void control_step() {
  // Read sensors, decide, write motors.
}

} // namespace

int main() {
  // A pipe is fully buffered unless told otherwise, and lines would come late.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &stop_signals, nullptr);
  auto signals = signalfd(-1, &stop_signals, SFD_CLOEXEC);
  if (signals < 0)
    return fail("cannot wait for signals");
  auto due = clock_type::now();
  auto timer = make_timer(due);
  if (timer < 0)
    return fail("cannot make a timer");
  std::printf("control loop at %d Hz\n", static_cast<int>(1s / period));
  std::array<pollfd, 2> waiting{{{timer, POLLIN, 0}, {signals, POLLIN, 0}}};
  punctuality second;
  for (;;) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      return fail("cannot wait for the next step");
    }
    if (waiting[1].revents != 0)
      break;
    uint64_t expired = 0;
    if (read(timer, &expired, sizeof(expired)) != sizeof(expired))
      return fail("cannot read the timer");
    due += static_cast<int64_t>(expired) * period;
    second.missed += expired - 1;
    second.add(clock_type::now() - due);
    control_step();
    if (second.steps == 1s / period) {
      std::printf("%d steps, late by %.0f us on average, %.0f us at worst, "
                  "%llu missed\n",
                  second.steps, to_microseconds(second.sum) / second.steps,
                  to_microseconds(second.worst),
                  static_cast<unsigned long long>(second.missed));
      second = {};
    }
  }
  std::puts("motors off");
  return 0;
}
