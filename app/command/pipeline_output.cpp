// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/pipeline_output.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "app/command/command_output.hpp"

namespace rr {

namespace {

void watch(int epoll, int descriptor, uint32_t events) {
  epoll_event what{};
  what.events = events;
  // What cannot be watched, such as a file, has no reader that may go.
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &what);
}

} // namespace

pipeline_output::pipeline_output() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGINT);
  ::sigaddset(&blocked, SIGTERM);
  signals_.reset(::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK));
  ends_.reset(::epoll_create1(EPOLL_CLOEXEC));
  watch(ends_.get(), signals_.get(), EPOLLIN);
  watch(ends_.get(), STDOUT_FILENO, 0);
  // What cannot be written is an error of `write`.
  ::sigaddset(&blocked, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

void pipeline_output::end_at(std::chrono::steady_clock::time_point when) {
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  auto time = std::chrono::nanoseconds{when.time_since_epoch()};
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  itimerspec at{};
  at.it_value.tv_sec = seconds.count();
  at.it_value.tv_nsec = (time - seconds).count();
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
  watch(ends_.get(), timer_.get(), EPOLLIN);
}

bool pipeline_output::timed_out() const noexcept {
  pollfd item{timer_.get(), POLLIN, 0};
  return timer_ && ::poll(&item, 1, 0) > 0;
}

bool pipeline_output::is_over() const noexcept {
  pollfd item{ends_.get(), POLLIN, 0};
  return ::poll(&item, 1, 0) > 0;
}

bool pipeline_output::write(std::string_view text) {
  auto result = write_output(text, {ends_.get()});
  if (result != EPIPE && result != ECANCELED)
    problem_ = result;
  return result == 0;
}

bool pipeline_output::wait_for(int descriptor) {
  pollfd items[] = {{descriptor, POLLIN, 0}, {ends_.get(), POLLIN, 0}};
  while (::poll(items, 2, -1) <= 0) {
    // A signal that is handled.
  }
  return items[1].revents == 0;
}

bool pipeline_output::wait_for(int descriptor, std::chrono::milliseconds most) {
  pollfd items[] = {{descriptor, POLLIN, 0}, {ends_.get(), POLLIN, 0}};
  return ::poll(items, 2, static_cast<int>(most.count())) <= 0
         || items[1].revents == 0;
}

} // namespace rr
