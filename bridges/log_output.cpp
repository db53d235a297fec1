// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_output.hpp"

#include <numeric>

namespace rr {

void log_loss::add(const log_event& event) noexcept {
  ++(is_local(event) ? local : by_level[static_cast<size_t>(event.level)]);
}

uint64_t log_loss::total() const noexcept {
  return std::accumulate(by_level.begin(), by_level.end(), local);
}

log_output::~log_output() = default;

void log_output::take(log_event&& event) noexcept {
  write(event);
}

void log_output::lost(const log_loss&) noexcept {
  // Outputs that keep no count have nothing to do.
}

bool log_output::settle() noexcept {
  return true;
}

} // namespace rr
