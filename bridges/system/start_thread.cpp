// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/start_thread.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

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

void make_thread_urgent() noexcept {
  // On Linux a nice value is a thread's, and 0 is the calling one.
  ::setpriority(PRIO_PROCESS, 0, -10);
}

} // namespace rr
