// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE start_thread

#include "bridges/system/start_thread.hpp"

#include <pthread.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

#include <caf/test/dsl.hpp>

#include "messages/error.hpp"
#include "tests/support/forked.hpp"

using namespace rr;

namespace start_thread_suite {

CAF_TEST(a thread has its name and no signals and its starter keeps its own) {
  sigset_t before, within, after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  std::string name(16, ' ');
  std::thread thread;
  CAF_REQUIRE_EQUAL(
    start_thread(thread, "rr-test", "cannot test",
                 [&] {
                   ::pthread_getname_np(::pthread_self(), name.data(),
                                        name.size());
                   ::pthread_sigmask(SIG_SETMASK, nullptr, &within);
                 }),
    caf::none);
  thread.join();
  CAF_CHECK_EQUAL(name.c_str(), std::string{"rr-test"});
  CAF_CHECK(::sigismember(&within, SIGTERM) == 1);
  CAF_CHECK(::sigismember(&within, SIGCHLD) == 1);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CAF_CHECK_EQUAL(::sigismember(&before, SIGTERM),
                  ::sigismember(&after, SIGTERM));
}

CAF_TEST(threads that have been tried are gone) {
  auto count = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/task"},
                         {});
  };
  auto before = count();
  CAF_CHECK_EQUAL(try_threads(20, "cannot test"), caf::none);
  CAF_CHECK_EQUAL(count(), before);
}

CAF_TEST(a thread that cannot be started is an error) {
  forked without_room{[] {
    // A stack for which there are no addresses.
    pthread_attr_t large;
    ::pthread_attr_init(&large);
    ::pthread_attr_setstacksize(&large, size_t{1} << 50);
    ::pthread_setattr_default_np(&large);
    std::thread thread;
    auto failed = start_thread(thread, "rr-test", "cannot test", [] {});
    return failed == ec::system_error
               && describe(failed)
                    == "cannot test: resource temporarily unavailable"
               && !thread.joinable()
               && describe(try_threads(3, "cannot try"))
                    .starts_with("cannot try")
             ? 0
             : 1;
  }};
  CAF_CHECK_EQUAL(without_room.join(), 0);
}

} // namespace start_thread_suite
