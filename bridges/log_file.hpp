// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "bridges/log_output.hpp"

namespace spdlog {

class logger;

namespace details {

class thread_pool;

} // namespace details

} // namespace spdlog

namespace rr {

struct log_file_settings {
  /// Absolute.
  std::string path;
  /// Bytes of one file, 1 and up.
  size_t max_size = 10'485'760;
  /// Files in all, 1 and up: `robot.log`, and `robot.1.log` and so on, the
  /// higher the older.
  size_t max_files = 5;
  /// How many lines may wait to be written, 1 and up.
  size_t queue = 512;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events as lines of JSON to a file that is rotated, through an spdlog
/// asynchronous logger with a bounded queue: a disk that is slow or full delays
/// nothing but the logger's thread. Lines that find the queue full, or that
/// cannot be written, are counted and reported as `standard_output` does.
///
/// An output of `log_dispatcher`.
class log_file final : public log_output {
public:
  /// Makes the file's directory if it is missing, and appends to the file.
  /// @returns `ec::system_error` that names the path when it cannot be opened.
  static caf::expected<std::shared_ptr<log_file>>
  make(log_file_settings settings);

  log_file(const log_file&) = delete;
  log_file& operator=(const log_file&) = delete;

  /// Writes what waits.
  ~log_file() override;

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;

  /// How many lines have been lost so far. For any thread.
  uint64_t dropped() const noexcept;

private:
  using clock = std::chrono::steady_clock;

  explicit log_file(log_file_settings settings);

  /// May throw.
  void start();
  void report(uint64_t count);

  log_file_settings settings_;
  std::atomic<uint64_t> lost_{0};
  uint64_t reported_ = 0;
  clock::time_point next_report_ = clock::now();
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
};

} // namespace rr
