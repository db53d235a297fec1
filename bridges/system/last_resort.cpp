// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/last_resort.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <new>
#include <utility>

namespace rr {

namespace {

using clock = std::chrono::steady_clock;

/// After the last of them memory is short indeed.
constexpr int attempts = 5;

/// Further attempts of a thread count anew.
constexpr auto same_shortage = std::chrono::seconds{1};

/// Who cannot have so much can have nothing.
constexpr size_t little = 4096;

last_resort::action what_to_do;
std::atomic<bool> is_set{false};
std::atomic<bool> is_taken{false};

struct shortage {
  int attempts = 0;
  clock::time_point since;
};

thread_local shortage current;

void nap(std::chrono::milliseconds time) noexcept {
  timespec rest{0, std::chrono::nanoseconds{time}.count()};
  ::nanosleep(&rest, nullptr);
}

/// As `operator new` calls it: it asks again if this returns.
void on_no_memory() {
  if (auto now = clock::now(); now - current.since > same_shortage)
    current = {0, now};
  if (current.attempts < attempts)
    return nap(std::chrono::milliseconds{1 << current.attempts++});
  if (auto memory = std::malloc(little)) {
    std::free(memory);
    throw std::bad_alloc{};
  }
  if (!is_taken.exchange(true))
    what_to_do(last_resort::cause::no_memory);
  for (;;)
    ::pause();
}

void on_abort(int) {
  // Whoever comes second must not end the program before the first has done
  // what there is to do.
  if (!is_taken.exchange(true))
    what_to_do(last_resort::cause::abort);
  else
    nap(std::chrono::milliseconds{900});
  // `abort` would end it now; who else has sent the signal would not.
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

} // namespace

last_resort::last_resort(action what) {
  if (std::get_new_handler() != nullptr || is_set.exchange(true))
    return;
  is_active_ = true;
  what_to_do = std::move(what);
  std::set_new_handler(on_no_memory);
  struct sigaction on_signal {};
  on_signal.sa_handler = on_abort;
  sigfillset(&on_signal.sa_mask);
  ::sigaction(SIGABRT, &on_signal, nullptr);
}

last_resort::~last_resort() {
  if (!is_active_)
    return;
  std::set_new_handler(nullptr);
  std::signal(SIGABRT, SIG_DFL);
  is_set = false;
}

} // namespace rr
