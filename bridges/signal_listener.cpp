// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/signal_listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "messages/error.hpp"

namespace rr {

namespace {

sigset_t stop_signals() noexcept {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  sigaddset(&result, SIGTERM);
  return result;
}

} // namespace

caf::error block_stop_signals() {
  auto signals = stop_signals();
  if (auto e = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); e != 0)
    return system_error("cannot block SIGINT and SIGTERM", e);
  if (::signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    return system_error("cannot ignore SIGPIPE", errno);
  return caf::none;
}

caf::expected<std::unique_ptr<signal_listener>>
signal_listener::make(callback f) {
  auto set = stop_signals();
  auto signals
    = file_descriptor{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
  if (!signals)
    return system_error("cannot make a signal descriptor", errno);
  auto end = file_descriptor{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  if (!end)
    return system_error("cannot make an event descriptor", errno);
  try {
    auto result = std::unique_ptr<signal_listener>{
      new signal_listener(std::move(signals), std::move(end), std::move(f))};
    result->thread_ = std::thread{[self = result.get()] { self->run(); }};
    return result;
  } catch (const std::exception& e) {
    return caf::make_error(ec::system_error,
                           std::string{"cannot start a thread for signals: "}
                             + e.what());
  }
}

signal_listener::signal_listener(file_descriptor signals, file_descriptor end,
                                 callback f)
  : signals_(std::move(signals)),
    end_(std::move(end)),
    callback_(std::move(f)) {
}

signal_listener::~signal_listener() {
  ::eventfd_write(end_.get(), 1);
  if (thread_.joinable())
    thread_.join();
}

void signal_listener::run() noexcept {
  pollfd events[] = {{end_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(events, 2, -1) < 0 && errno != EINTR)
      return;
    if (events[0].revents != 0)
      return;
    // One at a time, so that the end is seen between two.
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof(info)) == sizeof(info))
      callback_(static_cast<int>(info.ssi_signo));
  }
}

} // namespace rr
