// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE woken_thread

#include "bridges/system/woken_thread.hpp"

#include <poll.h>

#include <future>

#include <caf/test/dsl.hpp>

using namespace rr;

namespace woken_thread_suite {
namespace {

/// Whether the thread is woken within so many milliseconds.
bool is_woken(const woken_thread& thread, int patience) {
  pollfd wake{thread.descriptor(), POLLIN, 0};
  return ::poll(&wake, 1, patience) == 1;
}

} // namespace

CAF_TEST(a thread is woken each time it is to look around) {
  std::promise<bool> first;
  std::promise<bool> second;
  woken_thread thread;
  CAF_REQUIRE_EQUAL(thread.start("rr-test", "cannot test",
                                 [&] {
                                   auto woken = is_woken(thread, 10'000);
                                   thread.clear();
                                   first.set_value(woken);
                                   second.set_value(is_woken(thread, 10'000));
                                 }),
                    caf::none);
  thread.wake();
  CAF_CHECK(first.get_future().get());
  thread.wake();
  CAF_CHECK(second.get_future().get());
}

CAF_TEST(a thread is woken and joined at its end) {
  std::atomic<bool> was_told{false};
  {
    woken_thread thread;
    CAF_REQUIRE_EQUAL(thread.start("rr-test", "cannot test",
                                   [&] {
                                     auto woken = is_woken(thread, 10'000);
                                     was_told = woken && thread.stopping();
                                   }),
                      caf::none);
  }
  CAF_CHECK(was_told);
}

CAF_TEST(to stop a thread again or one that never ran does nothing) {
  woken_thread idle;
  idle.stop();
  woken_thread thread;
  CAF_REQUIRE_EQUAL(thread.start("rr-test", "cannot test", [] {}), caf::none);
  thread.stop();
  thread.stop();
  CAF_CHECK(thread.stopping());
}

} // namespace woken_thread_suite
