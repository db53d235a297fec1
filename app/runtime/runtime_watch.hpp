// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/log/event_log.hpp"
#include "bridges/system/heartbeat.hpp"
#include "bridges/system/service_manager.hpp"
#include "bridges/system/woken_thread.hpp"

namespace rr {

class host;

struct runtime_watch_settings {
  /// Between two beats, and after which silence others take this process for
  /// dead.
  std::chrono::nanoseconds interval{};
  std::chrono::nanoseconds patience{};
  event_log log;
  /// See `heartbeat_settings`. Empty where nobody counts on it: then this
  /// process, which is to sleep while nothing happens, is looked at once a
  /// second, and its parts are asked every five.
  std::function<void()> beat;
  /// Called before the next beat after this process stood still; may block.
  std::function<void()> begin_anew;
  /// Told that something holds the robot back, and that it does no longer, on
  /// the watch's own thread. May be empty.
  std::function<void(std::string_view what, bool held)> hold;
  /// Where the service manager says what it wants to hear.
  service_manager::variables environment;
};

/// Whether the runtime lives, for everybody to see: its heartbeat, the events
/// of parts that are late, and what the service manager hears. Two threads: one
/// beats, and takes no lock that another may hold for long; the other one
/// speaks.
class runtime_watch {
public:
  /// How long a runtime that stood still is held back.
  static inline constexpr auto held_after = std::chrono::seconds{1};

  /// What `hold` is told.
  static inline constexpr auto hold_text
    = std::string_view{"the runtime is late"};

  /// The first beat is made at once. A service manager that cannot be told
  /// anything is warned of.
  static caf::expected<std::unique_ptr<runtime_watch>>
  start(runtime_watch_settings settings);

  runtime_watch(const runtime_watch&) = delete;
  runtime_watch& operator=(const runtime_watch&) = delete;

  ~runtime_watch();

  /// Ends its threads. Phases can still be told.
  void end() noexcept;

  /// From now on the parts of the host are asked; and the heart beats only
  /// while those answer without whom a robot is not to be driven. After
  /// `open_application`; the host outlives the watch.
  void add(const host& owner);

  /// Tells the service manager, again and again until it is heard. From any
  /// thread.
  void tell_running();
  void tell_stopping();

  /// A running robot reads its configuration again, or is done with that.
  void tell_reloading(bool begins);

  /// See `heartbeat::is_in_time`. From any thread.
  bool is_in_time() const noexcept {
    return heart_->is_in_time();
  }

private:
  using clock = std::chrono::steady_clock;

  enum class phase { starting, running, reloading, stopping };

  explicit runtime_watch(runtime_watch_settings settings);

  void find_manager();
  void run();
  void wait() const noexcept;
  void take_news();
  void set_held(bool held);
  void report_lateness(const lateness& change);
  void try_to_tell_phase();
  bool tell_phase();
  void tell_watchdog();
  bool tell(std::string_view state);

  runtime_watch_settings settings_;
  std::unique_ptr<service_manager> manager_;
  std::atomic<bool> refused_{false};
  std::atomic<phase> phase_{phase::starting};
  /// Whether the service manager has not heard of the phase.
  std::atomic<bool> owes_phase_{false};
  clock::duration watchdog_interval_{};
  clock::time_point watchdog_due_ = clock::time_point::max();
  clock::time_point released_at_{};
  std::set<std::string> late_;
  bool held_ = false;
  std::unique_ptr<heartbeat> heart_;
  woken_thread thread_;
};

} // namespace rr
