// SPDX-License-Identifier: BSD-3-Clause
#include "app/pipeline_output.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace rr {

namespace {

/// A pipe that polls as writable takes as much as this at once.
constexpr size_t atomic_size = 4096;

constexpr short gone = POLLERR | POLLHUP | POLLNVAL;

} // namespace

pipeline_output::pipeline_output() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGINT);
  ::sigaddset(&blocked, SIGTERM);
  signals_.reset(::signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK));
  // What cannot be written is an error of `write`.
  ::sigaddset(&blocked, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

bool pipeline_output::write(std::string_view text) {
  while (!text.empty()) {
    pollfd items[] = {{STDOUT_FILENO, POLLOUT, 0}, {signals_.get(), POLLIN, 0}};
    ::poll(items, 2, -1);
    if (items[1].revents != 0)
      return false;
    if (items[0].revents == 0)
      continue;
    auto size = std::min(text.size(), atomic_size);
    auto written = ::write(STDOUT_FILENO, text.data(), size);
    if (written > 0)
      text.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR && errno != EAGAIN)
      return false;
  }
  return true;
}

bool pipeline_output::wait_for(int descriptor) {
  for (;;) {
    pollfd items[] = {{descriptor, POLLIN, 0},
                      {STDOUT_FILENO, 0, 0},
                      {signals_.get(), POLLIN, 0}};
    ::poll(items, 3, -1);
    if ((items[1].revents & gone) != 0 || items[2].revents != 0)
      return false;
    if (items[0].revents != 0)
      return true;
  }
}

} // namespace rr
