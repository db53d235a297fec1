// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <stdexcept>
#include <utility>

namespace rr {

/// A copy of this process that runs a function and ends with what it returns.
/// Killed at the end of this object if it still runs.
class forked {
public:
  template <class F>
  explicit forked(F f) : pid_(::fork()) {
    if (pid_ < 0)
      throw std::runtime_error{"cannot fork"};
    if (pid_ > 0)
      return;
    // Nothing is left of a test that is killed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto code = 99;
    try {
      code = f();
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }

  forked(forked&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {
  }

  ~forked() {
    kill();
  }

  pid_t pid() const noexcept {
    return pid_;
  }

  /// By SIGKILL; returns when it is dead.
  void kill() noexcept {
    if (pid_ > 0)
      ::kill(pid_, SIGKILL);
    join();
  }

  /// Its exit code; -1 when it was killed.
  int join() noexcept {
    auto status = 0;
    if (pid_ <= 0 || ::waitpid(std::exchange(pid_, 0), &status, 0) < 0)
      return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  pid_t pid_;
};

} // namespace rr
