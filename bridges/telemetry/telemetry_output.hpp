// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bridges/log/log_output.hpp"
#include "bridges/log/loss_account.hpp"
#include "bridges/telemetry/telemetry_feed.hpp"

namespace rr {

/// Tells the feed of every event that standard output has: this program's and
/// those of others. What was lost on its way is told as an event.
class telemetry_output final : public log_output {
public:
  /// @param app of reports of losses.
  telemetry_output(std::shared_ptr<telemetry_feed> feed, std::string app,
                   std::chrono::nanoseconds report_interval
                   = std::chrono::seconds{1});

  void write(const log_event& event) noexcept override;
  void share(const std::shared_ptr<const log_event>& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  void end() noexcept override;
  sink_loss own_loss() const noexcept override;

private:
  loss_account::writer teller();

  std::shared_ptr<telemetry_feed> feed_;
  loss_account losses_;
};

} // namespace rr
