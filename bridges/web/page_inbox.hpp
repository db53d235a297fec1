// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bridges/telemetry/telemetry_feed.hpp"

namespace rr {

/// What waits to be told to one page, in bounded memory: told by any thread,
/// taken by the server's.
///
/// State changes and answers are never left out: where too much of them waits
/// it is overrun. Of control the latest is kept, and of the log the last
/// events; what is left out of that is counted.
class page_inbox final : public telemetry_listener {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;
  using event_ptr = std::shared_ptr<const log_event>;
  using events = std::vector<event_ptr>;

  /// Bytes of state changes, of answers, and of log events that may wait.
  static inline constexpr size_t most_bytes = size_t{1} << 20;

  /// Log events that may wait, and that are taken at once.
  static inline constexpr size_t most_events = 1000;
  static inline constexpr size_t batch_events = 250;

  /// How long log events gather.
  static inline constexpr std::chrono::milliseconds gather_time{50};

  /// Between two views of control.
  static inline constexpr std::chrono::milliseconds control_interval{50};

  /// @param wake has the server look what waits; for any thread.
  explicit page_inbox(std::function<void()> wake);

  void on_log(const event_ptr& event) override;
  void on_state(const telemetry_state& state) override;
  void on_control(const control_view& control) override;
  void on_stopped(const stop_cord_pulled& stop) override;

  /// Adds the answer to something that the page has said. From any thread.
  void answer(std::string text);

  // -- for the server's thread ----------------------------------------------

  /// Keeps events at and above a level from now on, after those that were.
  void begin_log(log_level level, const events& past);
  void end_log();

  /// Whoever has been told of something since wakes again.
  void look();

  std::optional<stop_cord_pulled> take_stop();
  std::optional<std::string> take_answer();

  /// The next message of the state, as JSON text.
  std::optional<std::string> take_state();

  std::optional<control_view> take_control(time_point now);

  struct log_batch {
    events all;
    /// How many were left out before these.
    uint64_t missed = 0;
  };

  std::optional<log_batch> take_log(time_point now);

  /// When something can be taken that cannot now.
  std::optional<time_point> deadline() const;

  bool is_overrun() const;

private:
  struct change {
    uint64_t seq = 0;
    /// The whole, for the first.
    std::shared_ptr<const json> whole;
    std::shared_ptr<const std::string> changes;
  };

  /// Tells the server once until it looks.
  template <class F>
  void update(F&& f);
  void keep(const event_ptr& event);
  void drop_oldest();

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  bool has_woken_ = false;
  std::optional<stop_cord_pulled> stop_;
  std::deque<std::string> answers_;
  size_t answer_bytes_ = 0;

  /// The feed's number of the last state that was heard of, and the number of
  /// the last message.
  uint64_t heard_ = 0;
  uint64_t seq_ = 0;
  std::deque<change> changes_;
  size_t change_bytes_ = 0;

  std::optional<control_view> control_ = control_view{};
  time_point next_control_{};

  std::optional<log_level> level_;
  std::deque<event_ptr> events_;
  size_t event_bytes_ = 0;
  uint64_t missed_ = 0;
  /// When those that wait may be taken; none until the server has seen them.
  std::optional<time_point> log_due_;
};

} // namespace rr
