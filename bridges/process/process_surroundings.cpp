// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/process/process_surroundings.hpp"

#include <csignal>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "bridges/process/allowances.hpp"
#include "bridges/system/file_descriptor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

constexpr mode_t owner_bits = 0700;

constexpr mode_t others_may_write = 0022;

/// What most systems give a program, and what this one is tested with.
constexpr rlim_t stack_size = 8 << 20;

/// Some fifty are the runtime's own, each child takes four, and its start nine.
constexpr rlim_t least_descriptors = 1024;

/// As many as some hundred children take; 32 KiB.
constexpr rlim_t descriptor_table = 4096;

/// The kernel's own default, in nanoseconds.
constexpr unsigned long timer_slack = 50'000;

inherited_state before;

/// Of descriptors 0, 1 and 2, those that were closed.
std::array<bool, 3> was_closed{};

void default_ignored_signals() noexcept {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    struct sigaction action {};
    if (signal == SIGHUP || signal == SIGQUIT
        || ::sigaction(signal, nullptr, &action) != 0
        || action.sa_handler != SIG_IGN)
      continue;
    ::signal(signal, SIG_DFL);
  }
}

/// Once there are threads, whoever makes the kernel's table of descriptors grow
/// waits for it (`synchronize_rcu`: 15 ms, seconds where the kernel's own
/// threads are kept from the processors), and so does every thread that opens
/// something meanwhile. It never shrinks.
void size_descriptor_table() noexcept {
  rlimit own{};
  ::getrlimit(RLIMIT_NOFILE, &own);
  auto room = own;
  room.rlim_cur = std::max(own.rlim_cur,
                           std::min<rlim_t>(own.rlim_max, descriptor_table));
  ::setrlimit(RLIMIT_NOFILE, &room);
  auto last
    = static_cast<int>(std::min<rlim_t>(room.rlim_cur, descriptor_table) - 1);
  // The lowest that is free from there on.
  file_descriptor highest{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, last)};
  highest.reset();
  ::setrlimit(RLIMIT_NOFILE, &own);
}

void change_umask(mode_t add) noexcept {
  auto old = ::umask(0);
  ::umask((old & ~owner_bits) | add);
  before.umask = old;
}

/// Nobody wants to read it: that is no loss to tell of.
void discard_closed_output() noexcept {
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (!was_closed[static_cast<size_t>(fd)])
      continue;
    if (auto null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
      ::dup3(null, fd, O_CLOEXEC);
      ::close(null);
    }
  }
}

void size_thread_stacks() noexcept {
  pthread_attr_t how;
  if (::pthread_attr_init(&how) != 0)
    return;
  ::pthread_attr_setstacksize(&how, stack_size);
  ::pthread_setattr_default_np(&how);
  ::pthread_attr_destroy(&how);
}

} // namespace

void fill_standard_descriptors() noexcept {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0)
      continue;
    was_closed[static_cast<size_t>(fd)] = true;
    auto flags = (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC;
    // The lowest that is free, which is this one.
    if (::open("/dev/null", flags) < 0)
      ::open("/", O_PATH | O_CLOEXEC);
  }
}

void settle_program() noexcept {
  fill_standard_descriptors();
  default_ignored_signals();
  for (auto timer : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval never{};
    ::setitimer(timer, &never, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void settle_runtime() noexcept {
  discard_closed_output();
  change_umask(others_may_write);
  for (auto resource : {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_NPROC,
                        RLIMIT_CPU, RLIMIT_RTTIME})
    raise_limit(resource, RLIM_INFINITY);
  raise_limit(RLIMIT_STACK, stack_size);
  raise_limit(RLIMIT_NOFILE, least_descriptors);
  size_descriptor_table();
  size_thread_stacks();
  int death = 0;
  if (::prctl(PR_GET_PDEATHSIG, &death) == 0 && death != 0)
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::prctl(PR_GET_TIMERSLACK) > static_cast<int>(timer_slack))
    ::prctl(PR_SET_TIMERSLACK, timer_slack);
}

caf::error settle_on(const std::vector<int32_t>& processors) {
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (auto x : processors)
    CPU_SET(static_cast<size_t>(x), &wanted);
  auto old = own_processors();
  if (::sched_setaffinity(0, sizeof(wanted), &wanted) != 0)
    return system_error("cannot choose processors", errno);
  if (before.processors.empty())
    before.processors = std::move(old);
  return {};
}

void raise_limit(int resource, uint64_t wanted) noexcept {
  rlimit old{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &old) != 0
      || old.rlim_cur >= wanted)
    return;
  // Hard limits only grow, which takes privilege.
  for (auto hard : {std::max<rlim_t>(old.rlim_max, wanted), old.rlim_max}) {
    auto next = rlimit{std::min<rlim_t>(wanted, hard), hard};
    if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &next) != 0)
      continue;
    if (std::ranges::find(before.limits, resource, &resource_limit::resource)
        == before.limits.end())
      before.limits.push_back({resource, old.rlim_cur, old.rlim_max});
    return;
  }
}

void settle_peer() noexcept {
  fill_standard_descriptors();
  change_umask(0);
}

const inherited_state& inherited() noexcept {
  return before;
}

} // namespace rr
