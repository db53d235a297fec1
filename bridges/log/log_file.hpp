// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/log/log_output.hpp"
#include "bridges/system/rotating_file.hpp"

namespace spdlog {

class logger;

namespace details {

class thread_pool;

} // namespace details

} // namespace spdlog

namespace rr {

struct log_file_settings {
  rotating_file_settings file;
  /// How many lines may wait to be written, 1 and up.
  size_t queue = 512;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events as lines of JSON to a `rotating_file`, through an spdlog
/// asynchronous logger with a bounded queue: a disk that is slow or full delays
/// nothing but the logger's thread. Lines that find the queue full, or that
/// cannot be written, are counted, and the count is reported in the file as
/// soon as it takes lines again.
///
/// An output of `log_dispatcher`.
class log_file final : public log_output {
public:
  using clock = std::chrono::steady_clock;

  /// @returns errors as `rotating_file::open` does.
  static caf::expected<std::shared_ptr<log_file>>
  make(log_file_settings settings);

  log_file(const log_file&) = delete;
  log_file& operator=(const log_file&) = delete;

  /// Writes what waits, and what is lost and not reported yet.
  ~log_file() override;

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// Returns when nothing waits to be written, or the time is over.
  void drain(std::chrono::milliseconds patience) noexcept;

  /// How many lines have been lost so far. For any thread.
  uint64_t dropped() const noexcept;

private:
  class line_sink;

  explicit log_file(log_file_settings settings);

  /// May throw.
  void start();
  void enqueue(std::string_view line);
  bool pending() const noexcept;
  uint64_t lost_here() const noexcept;

  // On the logger's thread.
  void take(std::string_view line) noexcept;
  void report() noexcept;
  void end() noexcept;

  log_file_settings settings_;
  std::unique_ptr<rotating_file> file_;
  /// Lines put into the queue, and those of them that have come out.
  std::atomic<uint64_t> queued_{0};
  std::atomic<uint64_t> handled_{0};
  /// Lost on their way to this output, and by it.
  std::atomic<uint64_t> told_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> reported_{0};
  std::atomic<clock::rep> next_report_{0};
  /// For which the last line was lost, an `errno`.
  std::atomic<int> error_{0};
  /// Until its thread ends.
  std::atomic<spdlog::details::thread_pool*> queue_{nullptr};
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
};

} // namespace rr
