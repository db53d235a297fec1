// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include <caf/expected.hpp>

#include "bridges/log/event_log.hpp"

namespace spdlog {

class logger;

namespace details {

class thread_pool;

} // namespace details

} // namespace spdlog

namespace rr {

class descriptor_writer;
class standard_output_sink;

/// How a `standard_output` writes events.
enum class log_format : uint8_t { json_lines, pretty };

struct standard_output_settings {
  /// Any descriptor, a closed one included; not owned.
  int fd = 1;
  /// `pretty` is coloured when the descriptor is a terminal.
  log_format format = log_format::json_lines;
  /// Events below it are not written.
  log_level level = log_level::info;
  /// How many lines of bulk events may wait to be written, 1 and up, and as
  /// many of others. The memory for them, 0.5 KiB each, is taken at the start.
  size_t queue = 512;
  /// `app` of the events that this output writes on its own.
  std::string app;
  /// How far apart `Log events dropped` events are at least.
  std::chrono::nanoseconds report_interval = std::chrono::seconds{1};
};

/// Writes events as lines to standard output from a thread of its own, through
/// an spdlog asynchronous logger with a bounded queue. A reader that does not
/// read delays nothing but that thread.
///
/// Lines come whole and in the order of each writing thread. When the queue is
/// full its oldest line is lost, so is a line for which no reader is left. Of
/// bulk lines for which there is no room the last few are kept until there is.
/// Lost lines are counted, and a `Log events dropped`
/// event (`warning`, whatever the settings' level) says how many since the one
/// before in its field `count`: lines written + sum of `count` = events, up to
/// `close`, for a reader that reads to the end.
class standard_output : public log_output {
public:
  /// @returns `ec::bad_configuration` for an empty queue, `ec::system_error`
  ///          when there is no thread, descriptor or memory left.
  static caf::expected<std::shared_ptr<standard_output>>
  make(standard_output_settings settings);

  standard_output(const standard_output&) = delete;
  standard_output& operator=(const standard_output&) = delete;

  /// Closes.
  ~standard_output() override;

  void write(const log_event& event) noexcept override;
  void lost(const log_loss& loss) noexcept override;
  bool settle() noexcept override;
  sink_loss own_loss() const noexcept override;

  /// Writes what waits for as long as the reader makes room every 100 ms, 500
  /// ms at most; the rest is lost and counted. Later events are dropped without
  /// a count. Returns when the thread has ended; any thread may call it, any
  /// number of times.
  void close() noexcept;

  /// How many lines have been lost so far.
  uint64_t dropped() const noexcept;

private:
  explicit standard_output(standard_output_settings settings);

  /// Within its life the queue exists, unless `closed_`.
  class queue_user;

  /// May throw.
  void start(std::unique_ptr<descriptor_writer> writer);

  void enqueue(log_level level, const std::string& line);
  void write_bulk(const log_event& event);
  void move_spare(size_t room);
  void queue_rest() noexcept;
  std::string format(const log_event& event) const;
  std::string format_report(uint64_t count) const;

  standard_output_settings settings_;
  bool coloured_ = false;
  std::shared_ptr<standard_output_sink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
  /// How many threads are using the queue; `close` waits for them.
  mutable std::atomic<size_t> writing_{0};
  std::atomic<bool> closed_{false};
  /// Bulk lines that found no room.
  std::mutex spare_mutex_;
  std::deque<std::string> spare_;
  std::atomic<uint64_t> queued_{0};
  /// What was lost before it came here.
  std::atomic<uint64_t> told_{0};
  std::once_flag close_once_;
  /// What `dropped` says once closed.
  std::atomic<uint64_t> dropped_{0};
};

} // namespace rr
