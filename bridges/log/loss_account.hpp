// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bridges/log/log_output.hpp"

namespace rr {

/// What an output has lost, and how much of that its `Log events dropped`
/// events have told. Counted and told by the output's thread, read by any.
class loss_account {
public:
  using clock = std::chrono::steady_clock;
  /// @returns whether the report has been delivered.
  using writer = std::function<bool(const log_event& report)>;

  /// @param sink the output's name, as in `sink_loss`; outlives it.
  /// @param app of the reports.
  /// @param interval how far apart reports are at least, but for the last.
  loss_account(std::string_view sink, std::string app,
               std::chrono::nanoseconds interval)
    : sink_(sink),
      app_(std::move(app)),
      interval_(interval) {
  }

  /// Adds one that the output could not deliver.
  void add() noexcept {
    ++own_;
  }

  /// Adds what was lost on its way to the output.
  void add(const log_loss& loss) noexcept {
    before_ += loss.total();
  }

  uint64_t total() const noexcept {
    return before_ + own_;
  }

  /// Without what was lost on its way to the output.
  sink_loss own(int error = 0) const noexcept {
    return {sink_, app_, own_, error};
  }

  bool is_told() const noexcept {
    return told_ == total();
  }

  /// Reports what is not told, unless the last report is too recent. What
  /// cannot be reported now is reported with what is lost until then.
  /// @param error for which the last one was lost, an `errno`.
  /// @returns whether all is told.
  bool report(clock::time_point now, int error, const writer& write) noexcept;

  /// The same, however recent the last report is.
  bool report_last(int error, const writer& write) noexcept;

private:
  std::string_view sink_;
  std::string app_;
  std::chrono::nanoseconds interval_;
  clock::time_point next_report_{};
  uint64_t told_ = 0;
  std::atomic<uint64_t> before_{0};
  std::atomic<uint64_t> own_{0};
};

} // namespace rr
