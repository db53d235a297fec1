// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/signal_listener.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "messages/error.hpp"

namespace rr {

namespace {

/// What the listener waits for; empty until `block_stop_signals`.
sigset_t listened = [] {
  sigset_t result;
  sigemptyset(&result);
  return result;
}();

bool has_terminal = false;

/// Whether a signal ends a program by default though nothing is wrong with it.
bool ends_by_default(int signal) noexcept {
  switch (signal) {
    case SIGHUP:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2:
    case SIGALRM:
    case SIGVTALRM:
    case SIGPROF:
    case SIGPOLL:
    case SIGPWR:
    case SIGSTKFLT:
      return true;
    default:
      return signal >= SIGRTMIN && signal <= SIGRTMAX;
  }
}

/// Whether a signal would end this process, as it is now.
bool would_end(int signal, const sigset_t& mask) noexcept {
  struct sigaction action {};
  return ends_by_default(signal) && sigismember(&mask, signal) == 0
         && ::sigaction(signal, nullptr, &action) == 0
         && action.sa_handler == SIG_DFL;
}

/// Of this process: it is gone from the descriptor when the terminal closes.
bool find_terminal() noexcept {
  return static_cast<bool>(
    file_descriptor{::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)});
}

} // namespace

caf::error block_stop_signals() {
  has_terminal = find_terminal();
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (auto signal : {SIGINT, SIGTERM}) {
    sigaddset(&listened, signal);
    if (::signal(signal, SIG_DFL) == SIG_ERR)
      return system_error("cannot listen to SIGINT and SIGTERM", errno);
  }
  for (int signal = 1; signal <= SIGRTMAX; ++signal)
    if (would_end(signal, mask))
      sigaddset(&listened, signal);
  if (auto e = ::pthread_sigmask(SIG_BLOCK, &listened, nullptr); e != 0)
    return system_error("cannot block SIGINT and SIGTERM", e);
  for (auto signal : {SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN, SIGXCPU})
    if (::signal(signal, SIG_IGN) == SIG_ERR)
      return system_error("cannot ignore signal " + std::to_string(signal),
                          errno);
  return caf::none;
}

signal_meaning meaning_of(int signal) noexcept {
  switch (signal) {
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
      return signal_meaning::stop;
    case SIGHUP:
      return has_terminal ? signal_meaning::hang_up : signal_meaning::reload;
    default:
      return signal_meaning::stray;
  }
}

caf::expected<std::unique_ptr<signal_listener>>
signal_listener::make(callback f) {
  auto signals
    = file_descriptor{::signalfd(-1, &listened, SFD_NONBLOCK | SFD_CLOEXEC)};
  if (!signals)
    return system_error("cannot make a signal descriptor", errno);
  auto result = std::unique_ptr<signal_listener>{
    new signal_listener(std::move(signals), std::move(f))};
  if (auto err = result->thread_.start("rr-signals",
                                       "cannot start a thread for signals",
                                       [self = result.get()] { self->run(); }))
    return err;
  return result;
}

signal_listener::signal_listener(file_descriptor signals, callback f)
  : signals_(std::move(signals)),
    callback_(std::move(f)) {
}

void signal_listener::run() noexcept {
  pollfd events[] = {{thread_.descriptor(), POLLIN, 0},
                     {signals_.get(), POLLIN, 0}};
  for (;;) {
    // Nobody else hears of a stop: whatever fails, memory of the kernel's
    // perhaps, this goes on.
    if (::poll(events, 2, -1) < 0)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (thread_.stopping())
      return;
    // One at a time, so that the end is seen between two.
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof(info)) == sizeof(info))
      callback_(static_cast<int>(info.ssi_signo));
  }
}

} // namespace rr
