// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "bridges/log/loss_account.hpp"
#include "bridges/system/rotating_file.hpp"

namespace rr {

struct log_file_settings {
  rotating_file_settings file;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least, but for the last.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events as lines of JSON to a `rotating_file`, and waits for the disk:
/// an output of `log_dispatcher`, which keeps events meanwhile. Lines that were
/// lost on their way here, or that cannot be written, are counted, and the
/// count is reported in the file as soon as it takes lines again.
class log_file final : public log_output {
public:
  /// @returns errors as `rotating_file::open` does.
  static caf::expected<std::shared_ptr<log_file>>
  make(log_file_settings settings);

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  void end() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// How many lines have been lost so far. For any thread.
  uint64_t dropped() const noexcept;

private:
  log_file(log_file_settings settings, std::unique_ptr<rotating_file> file);

  bool append(const log_event& event) noexcept;

  std::unique_ptr<rotating_file> file_;
  loss_account losses_;
  /// For which the last line was lost, an `errno`.
  std::atomic<int> error_{0};
};

} // namespace rr
