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
#include <vector>

#include "bridges/telemetry/telemetry_listener.hpp"

namespace rr {

/// What one client of Foxglove's protocol has not been sent yet of what the
/// robot has told. It keeps only what is wanted, and of log events only the
/// newest. Those who tell wait for nobody but for a copy.
class foxglove_inbox : public telemetry_listener {
public:
  using event_ptr = std::shared_ptr<const log_event>;

  /// Beyond it the oldest log events are left out.
  static inline constexpr size_t most_events = 2000;
  /// Changes of the state; beyond it the inbox is overrun.
  static inline constexpr size_t most_changes = 1024;

  struct waiting_event {
    event_ptr event;
    /// How many were left out before it.
    uint64_t missed = 0;
  };

  struct waiting_state {
    std::chrono::system_clock::time_point time;
    /// The whole state, or a merge patch upon the one before.
    std::shared_ptr<const json> value;
    bool is_whole = true;
  };

  /// @param wake called when something that is wanted has come, once until
  ///             `look` is called.
  explicit foxglove_inbox(std::function<void()> wake);

  // -- by those who know ------------------------------------------------------

  void on_log(const event_ptr& event) override;
  void on_state(const telemetry_state& state) override;
  void on_control(const control_view& control) override;
  /// Log and state tell of it as well.
  void on_stopped(const stop_cord_pulled& stop) override;

  // -- by the conversation ----------------------------------------------------

  /// @param past events before those that are told from now on.
  void want_log(std::vector<event_ptr> past);
  /// The last state that is known comes first.
  void want_state();
  void want_control();
  void drop_log();
  void drop_state();
  void drop_control();

  /// The conversation looks from now on, and is to be woken for what comes.
  void look();

  std::optional<waiting_event> take_event();
  std::optional<waiting_state> take_state();
  std::optional<control_view> take_control();
  bool has_control() const;

  /// Whether a change of the state had no room.
  bool is_overrun() const;

private:
  void append(const event_ptr& event);
  void wake_for(bool something);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  bool woken_ = false;
  bool wants_log_ = false;
  bool wants_state_ = false;
  bool wants_control_ = false;
  std::deque<event_ptr> events_;
  uint64_t missed_ = 0;
  /// The last one that was told, and when.
  waiting_state last_;
  /// The first one ever wanted is whole.
  bool has_whole_ = false;
  std::deque<waiting_state> states_;
  bool overrun_ = false;
  std::optional<control_view> last_control_;
  std::optional<control_view> control_;
};

} // namespace rr
