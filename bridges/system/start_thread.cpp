// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/start_thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <latch>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "messages/error.hpp"

namespace rr {

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

void make_thread_urgent() noexcept {
  // On Linux a nice value is a thread's, and 0 is the calling one.
  ::setpriority(PRIO_PROCESS, 0, -10);
}

bool make_thread_first() noexcept {
  sched_param least{};
  least.sched_priority = ::sched_get_priority_min(SCHED_FIFO);
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least) == 0)
    return true;
  make_thread_urgent();
  return false;
}

} // namespace rr
