// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "bridges/log/loss_account.hpp"
#include "bridges/system/journal_socket.hpp"

namespace rr {

struct journal_settings {
  std::string path = journal_socket::default_path;
  /// Events below it are not written.
  log_level level = log_level::info;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least, but for the last.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events to systemd's journal with their fields, and waits for it to
/// make room: an output of `log_dispatcher`, which keeps events meanwhile. What
/// is lost is counted and told as by `standard_output`.
class journal final : public log_output {
public:
  /// @returns errors as `journal_socket::connect`.
  static caf::expected<std::shared_ptr<journal>>
  make(const journal_settings& settings);

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  void hurry() noexcept override;
  void end() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// How many events have been lost so far, also on their way here. For any
  /// thread.
  uint64_t dropped() const noexcept;

private:
  journal(const journal_settings& settings,
          std::unique_ptr<journal_socket> socket);

  log_level level_;
  std::unique_ptr<journal_socket> socket_;
  loss_account losses_;
};

} // namespace rr
