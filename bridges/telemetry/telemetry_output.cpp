// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/telemetry/telemetry_output.hpp"

#include <utility>

namespace rr {

telemetry_output::telemetry_output(std::shared_ptr<telemetry_feed> feed,
                                   std::string app,
                                   std::chrono::nanoseconds report_interval)
  : feed_(std::move(feed)),
    losses_("telemetry", std::move(app), report_interval) {
}

void telemetry_output::write(const log_event& event) noexcept {
  try {
    share(std::make_shared<const log_event>(event));
  } catch (...) {
    // Out of memory.
    losses_.add();
  }
}

void telemetry_output::share(
  const std::shared_ptr<const log_event>& event) noexcept {
  settle();
  try {
    feed_->tell_log(event);
  } catch (...) {
    // Out of memory.
    losses_.add();
  }
}

void telemetry_output::lost(const log_loss& loss) noexcept {
  losses_.add(loss);
}

bool telemetry_output::settle() noexcept {
  return losses_.is_told()
         || losses_.report(loss_account::clock::now(), 0, teller());
}

void telemetry_output::end() noexcept {
  losses_.report_last(0, teller());
}

sink_loss telemetry_output::own_loss() const noexcept {
  return losses_.own();
}

loss_account::writer telemetry_output::teller() {
  return [this](const log_event& report) {
    feed_->tell_log(std::make_shared<const log_event>(report));
    return true;
  };
}

} // namespace rr
