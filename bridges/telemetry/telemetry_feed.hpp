// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "bridges/telemetry/event_memory.hpp"
#include "bridges/telemetry/telemetry_listener.hpp"

namespace rr {

/// Hands on what the robot does: from whoever knows it, each of which tells one
/// kind of fact in its order, to whoever listens.
///
///     dispatcher of the log --- tell_log -----+          +--> a page
///     actor `status_watch` ---- tell_state ---+--> feed -+--> a tool
///     control session --------- tell_control -+          +--> the black box
///     stop cord --------------- tell_stopped -+
///
/// A listener ends by its end: nobody is told. Thread safe. Those who tell wait
/// for nobody but for each other's kind, and for one who has just begun to
/// listen; the thread that pulls the cord for no listener's kind at all: only
/// for the copy of a pointer.
class telemetry_feed {
public:
  using event_ptr = event_memory::event_ptr;

  /// How many bytes of the last events are kept.
  static inline constexpr size_t most_bytes = size_t{2} << 20;

  telemetry_feed();

  telemetry_feed(const telemetry_feed&) = delete;
  telemetry_feed& operator=(const telemetry_feed&) = delete;

  /// Sets who hears, on the thread that adds a listener, that somebody listens
  /// to the status from now on. Must not block. Before the first listener.
  void on_interest(std::function<void()> tell);

  /// Has the listener hear all that happens from now on; first, on this thread,
  /// what is known of the state, of control and of a stop. It is not kept
  /// alive.
  /// @param figures whether it is to be told each second of what moves all the
  ///                time: processor time, memory and counters.
  void add(const std::shared_ptr<telemetry_listener>& listener,
           bool figures = true);

  /// Whether anybody listens.
  bool is_heard() const;

  /// Whether anybody wants to be told of figures.
  bool is_asked_for_figures() const;

  /// Whether a listener who comes now is told of the state at once.
  bool has_state();

  // -- for those who know; each kind by one thread at a time ----------------

  void tell_log(event_ptr event);
  void tell_state(telemetry_state state);
  void tell_control(const control_view& control);
  void tell_stopped(const stop_cord_pulled& stop);
  void tell_call(const event_ptr& head);

  // -- for those who listen ---------------------------------------------------

  /// Calls `f` with the last events at and above a level, the oldest first: no
  /// other is told meanwhile, so that a listener misses none and hears of none
  /// twice which begins in `f` to keep what it is told.
  template <class F>
  void with_past(log_level level, size_t most, F&& f) {
    std::lock_guard guard{log_mutex_};
    f(past_.last(level, most));
  }

private:
  struct entry {
    std::weak_ptr<telemetry_listener> listener;
    bool figures = true;
  };

  using entries = std::vector<entry>;

  std::shared_ptr<const entries> heard_by() const;

  template <class F>
  void tell_all(F&& tell) {
    // Kept for as long: who joins puts another list in its place.
    auto all = heard_by();
    for (const auto& each : *all)
      if (auto listener = each.listener.lock())
        tell(*listener);
  }

  std::function<void()> tell_of_interest_;

  // Each is held while its kind is told.
  std::mutex log_mutex_;
  event_memory past_{most_bytes};
  std::mutex state_mutex_;
  std::optional<telemetry_state> state_;
  std::mutex control_mutex_;
  /// Nobody drives at first, and that is known.
  control_view control_;

  /// Held while a pointer is copied.
  mutable std::mutex mutex_;
  std::shared_ptr<const entries> entries_;
  std::shared_ptr<const stop_cord_pulled> stop_;
};

} // namespace rr
