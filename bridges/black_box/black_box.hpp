// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "bridges/black_box/device_sampler.hpp"
#include "bridges/black_box/end_keeper.hpp"
#include "bridges/black_box/record_job.hpp"
#include "bridges/black_box/ring_writer.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/telemetry/telemetry_listener.hpp"
#include "messages/error.hpp"
#include "messages/record/run_record.hpp"

namespace rr {

/// Name of the memory in the runtime directory.
constexpr auto black_box_file = "black-box";

struct black_box_settings {
  /// The file that the memory is: of `black_box_file`.
  std::string memory;
  /// Bytes of it.
  size_t size = 0;
  /// The run, and for how long it is kept.
  ring_description run;
  /// Where files are written, and how many are kept.
  std::string directory;
  size_t max_files = 0;
  /// None without devices.
  std::unique_ptr<device_sampler> devices;
  event_log log;
};

/// Keeps the last minute in memory that outlives this process (`ring_writer`),
/// and has it written to a file when the robot stops and nobody has asked for
/// that:
///
///     [keeping] ---- emergency stop ----> [writing] -- what comes, too --+
///         |                                                              |
///         +-- another end but in order --> [writing] -- the rest --> [done]
///         |                                                            ^
///         +-- in order, by a person -----------------------------------+
///
/// What another run has left that was killed is written first, without haste,
/// by another thread. A file that cannot be written in time, or at all, is
/// written by the next start.
///
/// Those who tell it wait for a lock that is held while a pointer is stored;
/// what comes faster than its thread takes it is lost, and counted.
class black_box final : public telemetry_listener,
                        public end_keeper,
                        public std::enable_shared_from_this<black_box> {
public:
  using clock = std::chrono::steady_clock;

  /// How often devices are looked at.
  static constexpr std::chrono::milliseconds sample_interval{50};

  /// How long what comes may wait for more. What a killed process takes with it
  /// is as old at most, unless its thread gets no processor.
  static constexpr std::chrono::milliseconds gather_time{10};

  /// How many may wait.
  static constexpr size_t queue = 16'384;

  /// Begins. That there can be no memory is told to the log, and keeps nobody
  /// from anything.
  /// @returns `ec::system_error` when there is no thread left.
  static caf::expected<std::shared_ptr<black_box>>
  make(black_box_settings settings);

  /// Finishes as if the run had not been one, where nobody has said otherwise.
  /// Waits for its thread.
  ~black_box() override;

  void on_log(const std::shared_ptr<const log_event>& event) override;
  void on_state(const telemetry_state& state) override;
  void on_control(const control_view& control) override;
  void on_stopped(const stop_cord_pulled& stop) override;
  void on_call(const std::shared_ptr<const log_event>& head) override;

  void end(const robot_stopped& how) override;
  std::string last_file() const override;

  /// The run has ended: nothing more is told.
  /// @param exit_code counts where nobody has said how.
  /// @param patience how long a file is waited for, and then as long again a
  ///                 memory that hangs, which is left behind.
  void finish(int exit_code, std::chrono::milliseconds patience);

private:
  /// What the jobs need, and tell; they may outlive this object.
  struct shared {
    std::string memory;
    std::string directory;
    size_t max_files = 0;
    event_log log;
    std::mutex mutex;
    std::string last_file;

    void note(const std::string& path) {
      auto guard = std::lock_guard{mutex};
      last_file = path.substr(path.rfind('/') + 1);
    }

    void complain(const caf::error& what) const {
      log.warning("Black box not written",
                  {{"error", rr::describe(what)},
                   {"memory", "it is kept for the next start"}});
    }
  };

  struct run_over {
    int exit_code = 0;
  };
  using content = std::variant<std::shared_ptr<const log_event>,
                               std::shared_ptr<const json>, control_view,
                               stop_cord_pulled, robot_stopped, run_over>;
  struct item {
    std::chrono::system_clock::time_point time;
    std::chrono::nanoseconds steady;
    content what;
  };

  explicit black_box(black_box_settings settings);

  void put(content what, bool is_urgent) noexcept;
  void begin_end(int exit_code, std::chrono::milliseconds patience);

  // On its thread.
  void run();
  void open();
  bool wait(std::vector<item>& taken);
  void keep_all(std::vector<item>& all);
  void keep(const item& from, const std::shared_ptr<const log_event>& event);
  void keep(const item& from, const std::shared_ptr<const json>& state);
  void keep(const item& from, const control_view& control);
  void keep(const item& from, const stop_cord_pulled& stop);
  void keep(const item& from, const robot_stopped& how);
  void keep(const item& from, run_over how);
  void sample(clock::time_point now);
  void flush();
  void describe(std::string end, std::string cause, bool is_done);
  void begin_file();
  void finish_file();

  black_box_settings settings_;
  std::shared_ptr<shared> shared_;
  /// None where there can be none.
  std::unique_ptr<ring_writer> ring_;
  bool told_failure_ = false;
  clock::time_point next_sample_{};
  std::unique_ptr<record_job> left_;
  std::unique_ptr<record_job> file_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable ended_at_;
  std::vector<item> waiting_;
  uint64_t lost_ = 0;
  /// Whether the thread waits for whatever comes.
  bool waits_ = false;
  bool urgent_ = false;
  bool ends_ = false;
  bool ended_ = false;
  /// Until when a file is waited for.
  clock::time_point give_up_{};
  /// Itself, where its thread hangs.
  std::shared_ptr<black_box> left_behind_;

  std::thread thread_;
};

} // namespace rr
