// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/runtime_scheduling.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

caf::error refusal(std::string what, int cause, std::string_view mend) {
  what.append(": ").append(error_text(cause));
  what.append("; it takes ").append(mend);
  return system_error_about(std::move(what), "", cause);
}

/// Whether a thread may have it, by errno. On one of its own: it may not get
/// rid of it again.
int try_priority(int priority) {
  auto result = 0;
  std::thread thread;
  auto refused = start_thread(thread, "rr-try", "", [&] {
    sched_param how{};
    how.sched_priority = priority;
    if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &how) != 0)
      result = errno;
  });
  if (refused)
    return EAGAIN;
  thread.join();
  return result;
}

caf::error check_priority(int priority) {
  if (priority == 0 || try_priority(priority) == 0)
    return {};
  // The soft limit may be below what the hard one permits.
  raise_limit(RLIMIT_RTPRIO, static_cast<uint64_t>(priority));
  auto failed = try_priority(priority);
  if (failed == 0)
    return {};
  auto number = std::to_string(priority);
  return refusal(
    "scheduling.real-time-priority: cannot have real-time priority " + number,
    failed,
    "CAP_SYS_NICE or a limit of " + number
      + " (ulimit -r, or systemd's LimitRTPRIO=" + number
      + "), and a control group with real-time runtime");
}

rlimit memory_limit() noexcept {
  rlimit result{};
  ::getrlimit(RLIMIT_MEMLOCK, &result);
  return result;
}

/// Whether the limit does not count for this process, which is told by the
/// kernel alone: in a namespace a capability may be there and worth nothing.
bool ignores_memory_limit() noexcept {
  auto old = memory_limit();
  auto none = rlimit{0, old.rlim_max};
  if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0)
    return false;
  alignas(4096) static char page[4096];
  auto result = ::mlock(page, sizeof(page)) == 0;
  ::setrlimit(RLIMIT_MEMLOCK, &old);
  if (result)
    ::munlock(page, sizeof(page));
  return result;
}

caf::error memory_error(int cause) {
  return refusal("scheduling.lock-memory: cannot lock the memory", cause,
                 "CAP_IPC_LOCK, or no limit of locked memory (ulimit -l "
                 "unlimited, or systemd's LimitMEMLOCK=infinity), for with one "
                 "the runtime would be refused memory once it is reached");
}

/// A limit that would do today is none: whatever is mapped counts.
caf::error check_memory() {
  if (ignores_memory_limit())
    return {};
  raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
  return memory_limit().rlim_cur == RLIM_INFINITY ? caf::error{}
                                                  : memory_error(EPERM);
}

/// What is loaded now is read from its files, for code that has never run may
/// be that of the stop. Of what comes later only what is used counts: a
/// thread's stack, for instance, is for the most part never touched.
caf::error lock_memory() {
  if (::mlockall(MCL_CURRENT) != 0 || ::mlockall(MCL_FUTURE | MCL_ONFAULT) != 0)
    return memory_error(errno);
  return {};
}

} // namespace

caf::error settle_scheduling(const scheduling_settings& how) {
  if (!how.processors.empty())
    if (auto failed = settle_on(how.processors))
      return failed;
  if (auto refused = scheduling_faults(how); !refused.empty())
    return std::move(refused.front());
  set_real_time_priority(how.real_time_priority);
  return how.lock_memory ? lock_memory() : caf::error{};
}

std::vector<caf::error> scheduling_faults(const scheduling_settings& how) {
  std::vector<caf::error> result;
  if (auto refused = check_priority(how.real_time_priority))
    result.push_back(std::move(refused));
  if (how.lock_memory)
    if (auto refused = check_memory())
      result.push_back(std::move(refused));
  return result;
}

} // namespace rr
