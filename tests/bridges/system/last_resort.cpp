// SPDX-License-Identifier: BSD-3-Clause
#define CAF_SUITE last_resort

#include "bridges/system/last_resort.hpp"

#include <csignal>
#include <cstdlib>
#include <functional>
#include <new>
#include <sys/resource.h>

#include <caf/test/dsl.hpp>

#include "tests/support/forked.hpp"

using namespace rr;

namespace last_resort_suite {
namespace {

/// Takes all that there is.
[[maybe_unused]] void use_up_memory() {
  rlimit none{};
  ::getrlimit(RLIMIT_AS, &none);
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_AS, &none);
  for (size_t size = 1 << 20; size > 0; size /= 2)
    while (auto* unused = static_cast<volatile char*>(std::malloc(size)))
      *unused = 1;
}

int end_of(std::function<void()> what) {
  return forked{[&] {
           last_resort guard{[](last_resort::cause why) {
             if (why == last_resort::cause::no_memory)
               ::_exit(7);
           }};
           what();
           return 0;
         }}
    .join();
}

/// As `operator new` does; the one of these tests asks no handler.
void want_memory() {
  std::get_new_handler()();
}

} // namespace

CAF_TEST(memory that is short for a moment is asked for again) {
  CAF_CHECK_EQUAL(end_of([] {
                    for (auto i = 0; i < 5; ++i)
                      want_memory();
                  }),
                  0);
}

CAF_TEST(who asks for more than there is gets an exception) {
  CAF_CHECK_EQUAL(end_of([] {
                    try {
                      for (;;)
                        want_memory();
                    } catch (const std::bad_alloc&) {
                      ::_exit(8);
                    }
                  }),
                  8);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
CAF_TEST(who gets no memory takes the last resort) {
  CAF_CHECK_EQUAL(end_of([] {
                    use_up_memory();
                    for (;;)
                      want_memory();
                  }),
                  7);
}
#endif

CAF_TEST(an abort takes its course) {
  // By a signal.
  CAF_CHECK_EQUAL(end_of([] { std::abort(); }), -1);
}

CAF_TEST(an abort may end as its owner wants it to) {
  forked child{[] {
    last_resort guard{[](last_resort::cause why) {
      ::_exit(why == last_resort::cause::abort ? 9 : 1);
    }};
    std::abort();
    return 0;
  }};
  CAF_CHECK_EQUAL(child.join(), 9);
}

CAF_TEST(nothing is left of it and a second one does nothing) {
  {
    last_resort first{[](last_resort::cause) {}};
    auto handler = std::get_new_handler();
    CAF_CHECK(handler != nullptr);
    {
      last_resort second{[](last_resort::cause) {}};
    }
    CAF_CHECK(std::get_new_handler() == handler);
  }
  CAF_CHECK(std::get_new_handler() == nullptr);
  struct sigaction now {};
  ::sigaction(SIGABRT, nullptr, &now);
  CAF_CHECK(now.sa_handler == SIG_DFL);
}

} // namespace last_resort_suite
