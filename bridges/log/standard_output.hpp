// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "bridges/log/loss_account.hpp"
#include "bridges/system/descriptor_writer.hpp"

namespace rr {

/// How a `standard_output` writes events.
enum class log_format : uint8_t { json_lines, pretty };

struct standard_output_settings {
  /// Any descriptor, a closed one included; not owned.
  int fd = 1;
  /// `pretty` is coloured when the descriptor is a terminal.
  log_format format = log_format::json_lines;
  /// Events below it are not written.
  log_level level = log_level::info;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least, but for the last.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events as lines to standard output, whole and in their order, and
/// waits for its reader to make room: an output of `log_dispatcher`, which
/// keeps events meanwhile.
///
/// A line for which no reader is left is lost. Lost lines are counted, and a
/// `Log events dropped` event (`warning`, whatever the settings' level) says
/// how many since the one before in its field `count`: lines written + sum of
/// `count` = events, for a reader that reads to the end. Once it hurries, a
/// reader is waited for as long as it makes room every 100 ms, 500 ms at most.
class standard_output final : public log_output {
public:
  /// @returns `ec::system_error` when there is no descriptor left.
  static caf::expected<std::shared_ptr<standard_output>>
  make(standard_output_settings settings);

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  void hurry() noexcept override;
  void end() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// How many lines have been lost so far, also on their way here. For any
  /// thread.
  uint64_t dropped() const noexcept;

private:
  standard_output(standard_output_settings settings,
                  std::unique_ptr<descriptor_writer> writer);

  std::string line_of(const log_event& event) const;

  standard_output_settings settings_;
  std::unique_ptr<descriptor_writer> writer_;
  bool coloured_;
  loss_account losses_;
};

} // namespace rr
