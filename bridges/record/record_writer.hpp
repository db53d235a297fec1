// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/record/record_file.hpp"
#include "bridges/record/record_keeper.hpp"
#include "bridges/system/state_directory.hpp"
#include "bridges/system/woken_thread.hpp"

namespace rr {

struct record_writer_settings {
  std::shared_ptr<state_directory> directory;
  /// What this run is.
  run_start run;
  /// Whose ends are kept; what others have left is forgotten in time.
  std::vector<std::string> processes;
  /// Called on the writer's thread before the last lines of a child are asked
  /// for: has read what it has written. May be empty.
  std::function<void()> flush_output;
  /// The last lines of the child with that number, asked for once. May be
  /// empty.
  std::function<std::vector<std::string>(int32_t pid)> last_lines;
  /// Told, on the writer's thread, when the directory can no longer be written,
  /// and when it can again. May be empty.
  std::function<void(std::string_view what, bool held)> hold;
  event_log log;
};

/// What holds a robot back whose state directory cannot be written.
constexpr auto state_not_written
  = std::string_view{"the state directory cannot be written"};

/// Writes records down in the state directory, on a thread of its own:
/// `ends.jsonl`, the last ends of each process; `runs.jsonl`, each run of the
/// runtime, its start and its end; `stops.json`, how fast emergency stops were.
/// The formats are those of the messages.
///
/// An end that a run before this one has not left is written for it, and told
/// (`Previous run did not end in order`). While the directory cannot be
/// written what is to be kept is kept in memory, and it is tried again twice a
/// second; that it cannot is told once, and that it can again.
///
/// Up to 1,000 records wait for the disk; those beyond are lost, counted and
/// told (`Records lost`). Twice a second it is looked whether there is room,
/// which writes nothing; once a minute the file of runs is touched, so that
/// after a power failure it is known up to when the run has lived.
class record_writer final : public record_keeper {
public:
  /// @pre the settings have a directory.
  /// @returns an `ec::system_error` when there is no thread or descriptor left.
  static caf::expected<std::shared_ptr<record_writer>>
  make(record_writer_settings settings);

  /// Writes what waits, and waits for it: as long as the disk takes.
  ~record_writer() override = default;

  void begin() override;
  void know(std::vector<std::string> processes) override;
  void keep(process_end end) override;
  void keep(robot_stopped end) override;
  void finish(std::function<void()> done) override;
  stop_statistics stops() const override;

private:
  struct begun {};
  struct known {
    std::vector<std::string> processes;
  };
  using item = std::variant<begun, known, process_end, robot_stopped>;

  explicit record_writer(record_writer_settings settings);

  void put(item what);
  void run();
  void load();
  void take_all();
  void take(begun);
  void take(known& all);
  void take(process_end& end);
  void take(robot_stopped& end);
  void tell_lost();
  void write();
  caf::error write_files();
  void look();
  void set_failure(const caf::error& failure);
  std::string ends_text();

  record_writer_settings settings_;
  record_file ends_file_;
  record_file runs_file_;
  std::vector<process_end> ends_;
  std::vector<run_record> runs_;
  /// Whether this run is among them.
  bool begun_ = false;
  bool flushed_ = false;
  bool stops_wait_ = false;
  caf::timestamp last_sign_{};
  caf::error failure_;
  std::chrono::steady_clock::time_point touched_at_
    = std::chrono::steady_clock::now();

  mutable std::mutex mutex_;
  std::deque<item> waiting_;
  uint64_t lost_ = 0;
  std::function<void()> done_;
  stop_statistics stops_;

  woken_thread thread_;
};

} // namespace rr
