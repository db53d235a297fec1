// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/crash_notice.hpp"

#include <unistd.h>

#include <utility>

namespace rr {

namespace {

std::string notice;

void end(int) {
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, notice.data(),
                                          notice.size());
  ::_exit(1);
}

} // namespace

crash_notice::crash_notice(std::string text) {
  notice = std::move(text);
  struct sigaction action {};
  action.sa_handler = end;
  for (size_t i = 0; i < signals.size(); ++i)
    ::sigaction(signals[i], &action, &before_[i]);
}

crash_notice::~crash_notice() {
  take_back();
}

void crash_notice::take_back() noexcept {
  if (!std::exchange(is_up_, false))
    return;
  for (size_t i = 0; i < signals.size(); ++i)
    ::sigaction(signals[i], &before_[i], nullptr);
}

} // namespace rr
