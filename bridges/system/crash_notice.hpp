// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <csignal>
#include <string>

namespace rr {

/// Has a step that a library does not survive end with a word and exit code 1,
/// where it would crash without one: CAF takes its threads apart while they run
/// when the system refuses it one of them. One at a time.
class crash_notice {
public:
  /// @param text one line, as it is to be written to standard error.
  explicit crash_notice(std::string text);

  crash_notice(const crash_notice&) = delete;
  crash_notice& operator=(const crash_notice&) = delete;

  ~crash_notice();

  /// The step is done.
  void take_back() noexcept;

private:
  static constexpr std::array signals{SIGSEGV, SIGBUS, SIGABRT};

  bool is_up_ = true;
  std::array<struct sigaction, signals.size()> before_;
};

} // namespace rr
