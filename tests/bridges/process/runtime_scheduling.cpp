// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE runtime_scheduling

#include "bridges/process/runtime_scheduling.hpp"

#include <fstream>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "bridges/process/allowances.hpp"
#include "bridges/process/process_surroundings.hpp"
#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"
#include "tests/support/forked.hpp"

#include <caf/test/dsl.hpp>

using namespace rr;

namespace runtime_scheduling_suite {
namespace {

constexpr int not_permitted = 77;

/// Runs a function in a copy of this process, for it changes all of one.
/// @returns the number of the line that was wrong, 0 for none.
template <class Body>
int in_copy(Body body) {
  forked copy{[&] { return body(); }};
  auto code = copy.join();
  if (code != not_permitted)
    return code;
  CAF_MESSAGE("left out: it takes permissions that this user does not have");
  return 0;
}

/// The same as an ordinary user with so large limits.
template <class Body>
int as_user(rlimit priorities, rlimit memory, Body body) {
  return in_copy([&] {
    if (::setrlimit(RLIMIT_RTPRIO, &priorities) != 0
        || ::setrlimit(RLIMIT_MEMLOCK, &memory) != 0
        || ::setresgid(1000, 1000, 1000) != 0
        || ::setresuid(1000, 1000, 1000) != 0)
      return not_permitted;
    return body();
  });
}

bool has(int policy, int priority) {
  sched_param how{};
  ::sched_getparam(0, &how);
  return (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == policy
         && how.sched_priority == priority;
}

/// Runs a function on a thread of its own.
template <class Body>
int on_thread(Body body) {
  auto result = 0;
  std::thread thread;
  if (start_thread(thread, "rr-test", "", [&] { result = body(); }))
    return 99;
  thread.join();
  return result;
}

uint64_t kib(const std::string& name) {
  std::ifstream file{"/proc/self/status"};
  for (std::string word; file >> word;)
    if (uint64_t result = 0; word == name + ':' && file >> result)
      return result;
  return 0;
}

std::string text_of(const std::vector<caf::error>& faults) {
  std::string result;
  for (auto& each : faults)
    result += describe(each) + '\n';
  return result;
}

#define CHECK_HERE(condition)                                                  \
  if (!(condition))                                                            \
  return __LINE__ % 70 + 1

} // namespace

CAF_TEST(those who are urgent or first have the priority and nobody else) {
  auto body = [] {
    if (settle_scheduling({.real_time_priority = 7}))
      return not_permitted;
    CHECK_HERE(has(SCHED_OTHER, 0));
    return on_thread([] {
      CHECK_HERE(has(SCHED_OTHER, 0));
      make_thread_urgent();
      CHECK_HERE(has(SCHED_FIFO, 7));
      CHECK_HERE(on_thread([] { return has(SCHED_OTHER, 0) ? 0 : 1; }) == 0);
      make_thread_ordinary();
      CHECK_HERE(has(SCHED_OTHER, 0));
      make_thread_urgent();
      CHECK_HERE(has(SCHED_FIFO, 7));
      return on_thread([] {
        CHECK_HERE(make_thread_first());
        CHECK_HERE(has(SCHED_FIFO, 7));
        return 0;
      });
    });
  };
  CAF_CHECK_EQUAL(in_copy(body), 0);
  // An ordinary user could not take the flag back that resets it.
  CAF_CHECK_EQUAL(as_user({7, 7}, {0, 0}, body), 0);
}

CAF_TEST(without a priority nobody who is urgent is real time) {
  CAF_CHECK_EQUAL(in_copy([] {
                    CHECK_HERE(!settle_scheduling({}));
                    return on_thread([] {
                      make_thread_urgent();
                      CHECK_HERE(has(SCHED_OTHER, 0));
                      auto nice = ::getpriority(PRIO_PROCESS, 0);
                      make_thread_ordinary();
                      CHECK_HERE(::getpriority(PRIO_PROCESS, 0) == nice);
                      return 0;
                    });
                  }),
                  0);
}

CAF_TEST(what is not permitted is refused with what would permit it) {
  scheduling_settings both{.real_time_priority = 50, .lock_memory = true};
  auto check = [=] {
    auto text = text_of(scheduling_faults(both));
    CHECK_HERE(text
               == "scheduling.real-time-priority: cannot have real-time "
                  "priority 50: operation not permitted; it takes CAP_SYS_NICE "
                  "or a limit of 50 (ulimit -r, or systemd's LimitRTPRIO=50), "
                  "and a control group with real-time runtime\n"
                  "scheduling.lock-memory: cannot lock the memory: operation "
                  "not permitted; it takes CAP_IPC_LOCK, or no limit of locked "
                  "memory (ulimit -l unlimited, or systemd's "
                  "LimitMEMLOCK=infinity), for with one the runtime would be "
                  "refused memory once it is reached\n");
    CHECK_HERE(settle_scheduling(both) == ec::system_error);
    CHECK_HERE(kib("VmLck") == 0);
    return 0;
  };
  CAF_CHECK_EQUAL(as_user({0, 0}, {8 << 20, 8 << 20}, check), 0);
  CAF_CHECK_EQUAL(as_user({49, 49}, {0, 0}, check), 0);
  // Enough for today is not enough.
  CAF_CHECK_EQUAL(as_user({0, 0}, {1UL << 40, 1UL << 40}, check), 0);
}

CAF_TEST(a soft limit is raised and given back to children) {
  auto body = [] {
    scheduling_settings both{.real_time_priority = 50, .lock_memory = true};
    CHECK_HERE(!settle_scheduling(both));
    CHECK_HERE(inherited().limits.size() == 2);
    auto& priority = inherited().limits[0];
    auto& memory = inherited().limits[1];
    CHECK_HERE(priority.resource == RLIMIT_RTPRIO && priority.soft == 0
               && priority.hard == 60);
    CHECK_HERE(memory.resource == RLIMIT_MEMLOCK && memory.soft == 4096
               && memory.hard == RLIM_INFINITY);
    return 0;
  };
  CAF_CHECK_EQUAL(as_user({0, 60}, {4096, RLIM_INFINITY}, body), 0);
}

CAF_TEST(what has the permission changes no limit) {
  CAF_CHECK_EQUAL(
    in_copy([] {
      auto none = rlimit{0, 0};
      ::setrlimit(RLIMIT_RTPRIO, &none);
      ::setrlimit(RLIMIT_MEMLOCK, &none);
      if (settle_scheduling({.real_time_priority = 99, .lock_memory = true}))
        return not_permitted;
      CHECK_HERE(inherited().limits.empty());
      return 0;
    }),
    0);
}

CAF_TEST(threads run on the processors and children are given all) {
  CAF_CHECK_EQUAL(in_copy([] {
                    auto all = own_processors();
                    CHECK_HERE(!settle_scheduling({.processors = {all[0]}}));
                    auto alone = [&] {
                      cpu_set_t now;
                      CPU_ZERO(&now);
                      ::sched_getaffinity(0, sizeof(now), &now);
                      return CPU_COUNT(&now) == 1
                             && CPU_ISSET(static_cast<size_t>(all[0]), &now);
                    };
                    CHECK_HERE(alone());
                    CHECK_HERE(on_thread([&] { return alone() ? 0 : 1; }) == 0);
                    CHECK_HERE(inherited().processors == all);
                    CHECK_HERE(own_processors() == all);
                    return 0;
                  }),
                  0);
}

CAF_TEST(memory is locked as far as it is used) {
  CAF_CHECK_EQUAL(in_copy([] {
                    if (settle_scheduling({.lock_memory = true}))
                      return not_permitted;
                    auto locked = kib("VmLck"), resident = kib("VmRSS");
                    CHECK_HERE(locked > 0);
                    constexpr size_t size = 256 << 20;
                    auto mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    CHECK_HERE(mapped != MAP_FAILED);
                    CHECK_HERE(kib("VmLck") >= locked + (size >> 10));
                    CHECK_HERE(kib("VmRSS") < resident + (32 << 10));
                    // A copy has no locks.
                    forked copy{[] { return kib("VmLck") == 0 ? 0 : 1; }};
                    CHECK_HERE(copy.join() == 0);
                    return 0;
                  }),
                  0);
}

} // namespace runtime_scheduling_suite
