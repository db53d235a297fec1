// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/log_output.hpp"

#include <chrono>
#include <numeric>

#include "messages/error.hpp"

namespace rr {

void log_loss::add(const log_event& event) noexcept {
  ++by_level[static_cast<size_t>(event.level)];
}

uint64_t log_loss::total() const noexcept {
  return std::accumulate(by_level.begin(), by_level.end(), uint64_t{0});
}

log_event loss_report(const sink_loss& loss) {
  log_event result;
  result.event = "Log events dropped";
  result.level = log_level::warning;
  result.timestamp = std::chrono::system_clock::now();
  result.app = loss.app;
  result.fields = {{"count", loss.count}, {"sink", loss.sink}};
  if (loss.error != 0)
    result.fields.emplace_back("cause", error_text(loss.error));
  return result;
}

log_output::~log_output() = default;

void log_output::take(log_event&& event) noexcept {
  write(event);
}

void log_output::share(const std::shared_ptr<const log_event>& event) noexcept {
  write(*event);
}

bool log_output::publishes() const noexcept {
  return false;
}

void log_output::lost(const log_loss&) noexcept {
  // Outputs that keep no count have nothing to do.
}

bool log_output::settle() noexcept {
  return true;
}

void log_output::hurry() noexcept {
  // Outputs that do not wait have nothing to do.
}

void log_output::end() noexcept {
  // Outputs that keep no count have nothing to do.
}

sink_loss log_output::own_loss() const noexcept {
  return {};
}

} // namespace rr
