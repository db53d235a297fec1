// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/start_thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <latch>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "messages/error.hpp"

namespace rr {

namespace {

std::atomic<int> wanted_priority{0};

/// What the calling thread starts begins with the ordinary policy. An ordinary
/// user cannot take the flag back, and so it is always there.
bool set_policy(int policy, int priority) noexcept {
  sched_param how{};
  how.sched_priority = priority;
  return ::sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &how) == 0;
}

} // namespace

caf::error start_thread(std::thread& thread, const char* name,
                        const std::string& what, std::function<void()> body) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  caf::error result;
  try {
    thread = std::thread{[name, run = std::move(body)] {
      ::pthread_setname_np(::pthread_self(), name);
      run();
    }};
  } catch (const std::system_error& x) {
    result = system_error(what, x.code().value());
  } catch (const std::bad_alloc&) {
    result = system_error(what, ENOMEM);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

caf::error try_threads(size_t count, const std::string& what) {
  std::vector<std::thread> threads(count);
  std::vector<pid_t> numbers(count);
  std::latch end{1};
  caf::error result;
  for (size_t i = 0; i < count && !result; ++i)
    result = start_thread(threads[i], "rr-try", what, [&, i] {
      numbers[i] = ::gettid();
      end.wait();
    });
  end.count_down();
  for (auto& thread : threads)
    if (thread.joinable())
      thread.join();
  // One that has been joined may still be counted.
  for (auto number : numbers)
    while (number != 0 && ::tgkill(::getpid(), number, 0) == 0)
      ::sched_yield();
  return result;
}

void set_real_time_priority(int priority) noexcept {
  wanted_priority = priority;
}

void make_thread_urgent() noexcept {
  if (auto wanted = wanted_priority.load();
      wanted > 0 && set_policy(SCHED_FIFO, wanted))
    return;
  // On Linux a nice value is a thread's, and 0 is the calling one.
  ::setpriority(PRIO_PROCESS, 0, -10);
}

void make_thread_ordinary() noexcept {
  if (wanted_priority > 0)
    set_policy(SCHED_OTHER, 0);
}

bool make_thread_first() noexcept {
  auto least = ::sched_get_priority_min(SCHED_FIFO);
  if (set_policy(SCHED_FIFO, std::max(wanted_priority.load(), least)))
    return true;
  make_thread_urgent();
  return false;
}

} // namespace rr
