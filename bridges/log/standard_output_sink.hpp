// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <spdlog/async.h>
#include <spdlog/sinks/sink.h>

#include "bridges/system/descriptor_writer.hpp"

namespace rr {

/// The spdlog sink of `standard_output`: writes finished lines, and between
/// them, how many others were lost. Unless said otherwise its functions are for
/// the one thread that writes.
class standard_output_sink : public spdlog::sinks::sink {
public:
  using clock = std::chrono::steady_clock;

  /// Makes the line that reports so many lost ones, without its line feed.
  using report_function = std::function<std::string(uint64_t count)>;

  /// @param interval no two reports are nearer than this but for the last.
  standard_output_sink(std::unique_ptr<descriptor_writer> writer,
                       report_function report, clock::duration interval);

  /// Tells it of the queue that it is fed from. Before the first line only.
  void feed_from(spdlog::details::thread_pool& queue) noexcept;

  void log(const spdlog::details::log_msg& line) override;
  void flush() override;
  void set_pattern(const std::string&) override;
  void set_formatter(std::unique_ptr<spdlog::formatter>) override;

  /// Reports what was lost and not reported yet, if there is room for it, and
  /// lets go of the queue. After the last line only.
  void end() noexcept;

  /// Counts lines as lost. For any thread.
  void count_lost(uint64_t count = 1) noexcept;

  /// To be called after a line has been put into the queue. For any thread.
  void line_queued() noexcept;

  /// See `descriptor_writer::finish`. For any thread.
  void finish() noexcept;

  /// How many lines have come out of the queue. For any thread.
  uint64_t handled() const noexcept {
    return handled_;
  }

  /// See `descriptor_writer::last_error`. For any thread.
  int last_error() const noexcept {
    return writer_->last_error();
  }

  /// How many lines have been lost, in the queue or after it. For any thread,
  /// but not while `end` runs.
  uint64_t lost() const noexcept;

private:
  void report_when_due();
  bool all_reported() const noexcept;

  std::unique_ptr<descriptor_writer> writer_;
  spdlog::details::thread_pool* queue_ = nullptr;
  report_function report_;
  clock::duration interval_;
  clock::time_point next_report_ = clock::now();
  std::string buffer_;
  uint64_t reported_ = 0;
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> handled_{0};
  /// The writing thread waits to report, and a line must wake it.
  std::atomic<bool> waits_{false};
};

} // namespace rr
