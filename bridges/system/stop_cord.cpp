// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/stop_cord.hpp"

#include <csignal>
#include <cstdlib>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rr {

stop_cord::stop_cord(size_t capacity, signal_function signal)
  : groups_(capacity),
    signal_(signal) {
}

void stop_cord::observe(observer callback) {
  observers_.insert(observers_.begin(), std::move(callback));
}

void stop_cord::at_first(first_action action) {
  first_ = std::move(action);
}

std::optional<stop_cord::slot> stop_cord::add(pid_t group) noexcept {
  for (size_t i = 0; i < groups_.size(); ++i) {
    pid_t unused = 0;
    if (!groups_[i].compare_exchange_strong(unused, group))
      continue;
    auto used = used_.load();
    while (used < i + 1 && !used_.compare_exchange_weak(used, i + 1)) {
    }
    // A pull latches first and walks the list then: either it sees this group,
    // or this thread sees the latch.
    if (pulled()) {
      signal_(group, SIGTERM);
      signal_(group, SIGCONT);
    }
    return i;
  }
  return std::nullopt;
}

void stop_cord::remove(slot where) noexcept {
  auto& group = groups_[where];
  for (auto current = group.load();; current = group.load()) {
    if (current >= 0 && group.compare_exchange_weak(current, 0))
      return;
    // A pull is between its look at the number and its signal.
    ::sched_yield();
  }
}

bool stop_cord::pull_untold(const stop_cause_view& cause) noexcept {
  if (pulled())
    return false;
  // Before the latch, so that not even a group that joins now hears of the stop
  // earlier.
  if (first_)
    first_(cause);
  if (pulled_.exchange(true))
    return false;
  signal_all(SIGTERM);
  signal_all(SIGCONT);
  return true;
}

bool stop_cord::is_any_left() const noexcept {
  auto used = used_.load();
  for (size_t i = 0; i < used; ++i) {
    auto group = std::abs(groups_[i].load());
    siginfo_t info{};
    if (group != 0
        && ::waitid(P_PID, static_cast<id_t>(group), &info,
                    WEXITED | WNOWAIT | WNOHANG)
             == 0
        && info.si_pid == 0)
      return true;
  }
  return false;
}

bool stop_cord::pull(const stop_cause_view& cause,
                     clock::time_point detected) noexcept {
  if (!pull_untold(cause))
    return false;
  auto latency = std::chrono::duration_cast<std::chrono::microseconds>(
    clock::now() - detected);
  signal_latency_us_ = latency.count();
  auto fact = stop_cord_pulled{cause.copy(), latency.count()};
  for (auto& callback : observers_)
    callback(fact);
  return true;
}

void stop_cord::kill_all() noexcept {
  signal_all(SIGKILL);
}

bool stop_cord::pulled() const noexcept {
  return pulled_.load();
}

void stop_cord::signal_group(pid_t group, int signal) noexcept {
  ::kill(-group, signal);
  if (auto now = ::getpgid(group); now > 0 && now != group)
    ::kill(group, signal);
}

void stop_cord::signal_all(int signal) noexcept {
  auto used = used_.load();
  for (size_t i = 0; i < used; ++i) {
    auto group = groups_[i].load();
    if (group <= 0 || !groups_[i].compare_exchange_strong(group, -group))
      continue;
    signal_(group, signal);
    groups_[i].store(group);
  }
}

} // namespace rr
