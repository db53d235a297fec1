// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "bridges/control/gamepad_writer.hpp"
#include "bridges/control/input_order.hpp"
#include "bridges/system/rate_limit.hpp"
#include "messages/control/control.hpp"
#include "messages/telemetry/control_view.hpp"

namespace rr {

/// What a control session tells. Called on the thread that submits or expires,
/// while the session is locked: must not block, nor call the session.
struct control_listener {
  std::function<void(const control_connected&)> connected;
  std::function<void(const control_lost&)> lost;
  /// At most once a second for each fault.
  std::function<void(const control_ignored&)> ignored;
  /// Once for each gamepad of a driver, until control is lost.
  std::function<void(const control_clamped&)> clamped;
  std::function<void(const control_taken&)> taken;
  /// Who drives has changed, or what a gamepad shows. The latter once every
  /// `control_session::shown_interval`, and `shown_burst` times at once: what
  /// is left out comes with the next packet, or the silence that follows.
  std::function<void(const control_view&)> shown;
  /// Before anything else is done, and allocated, about a driver or a gamepad
  /// that has fallen silent when `on-timeout` is `emergency-stop`; told why.
  std::function<void(std::string_view)> emergency;
};

/// Who drives, with which gamepads, and whether they are still there. Neither
/// I/O nor a clock of its own: whoever calls says what time it is.
///
///            packet of anybody             `take_over` by another source:
///   [free] ---------------------> [held] -----+ it is obeyed from then on, and
///     ^                            | ^        | every gamepad is let go of as
///     |                            | +--------+ after a silence
///     +----------------------------+
///       no obeyed packet for the timeout: every gamepad neutral, and its axes
///       neutral until its driver shows them at rest
///
/// Who has been taken control from is refused like anybody else, until the
/// other one has been silent.
///
/// Within it each gamepad is watched by itself:
///
///                  its input is obeyed
///   [not connected] ---------------------> [held]
///     ^                                       |
///     +---------------------------------------+
///       none of its inputs obeyed for the timeout, for they are absent or
///       refused: as above, while the driver and others go on
///
/// Only packets that are obeyed keep control alive, and each keeps alive the
/// gamepads that it names; one that names none, the driver alone, but takes
/// control for nobody; by a call of anybody else it changes nothing, and is no
/// fault. A driver other than the last one is known nothing of:
/// neither numbers nor delays. The very first input needs no rest. Where
/// `on-timeout` is `none` the state stays, nobody needs to show rest, and only
/// who holds control is forgotten.
///
/// A gamepad that cannot be made neutral is tried again every `retry_interval`.
///
/// Thread safe.
class control_session {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  static inline constexpr clock::duration retry_interval
    = std::chrono::milliseconds{10};

  /// In which what waited for a program that stood still has been received.
  static inline constexpr clock::duration settling_time
    = std::chrono::milliseconds{100};

  /// Between two views of gamepads that move, over time; packets that a network
  /// has held up come at once.
  static inline constexpr clock::duration shown_interval
    = std::chrono::milliseconds{10};
  static inline constexpr uint32_t shown_burst = 8;

  control_session(const control_settings& settings,
                  std::shared_ptr<gamepad_writer> writer,
                  control_listener listener);

  /// Obeys a packet, or counts why not.
  /// @param inputs as `decode_control` makes them.
  /// @param now when it came.
  control_verdict submit(const control_source& source,
                         const std::vector<gamepad_input>& inputs,
                         time_point now);

  /// Has the source drive from now on, whoever does so far; it has to send
  /// within the timeout. That is no silence of the other one.
  /// @returns as of a packet; it is obeyed, too, when the source drives
  ///          already.
  control_verdict take_over(const control_source& source, time_point now);

  /// Counts a packet that cannot be submitted.
  void refuse(std::string_view source, control_fault fault,
              std::string_view detail, time_point now);

  /// How many datagrams have found the kernel's buffer full so far.
  void set_overruns(uint64_t count);

  /// When to call `expire`; none while nobody holds control.
  std::optional<time_point> deadline() const;

  /// Does what is due.
  void expire(time_point now);

  /// Makes all neutral and obeys nobody any more, without a fact.
  void close();

  /// For a program that stood still, and goes on: does what is due, makes all
  /// neutral, whatever `on-timeout` says, and axes stay so until a driver shows
  /// them at rest. What waited meanwhile is too old: all that comes within
  /// `settling_time` is refused as that. Tells no fact.
  void begin_anew(time_point now);

  /// Has whatever is submitted refused as too old while `in_time` says no, from
  /// whichever thread, which it must not block: this program has stood still,
  /// and nobody has called `begin_anew` yet. An empty function ends it.
  void obey_while(std::function<bool()> in_time);

  /// Has `wake` called whenever there is a deadline and was none, by whichever
  /// thread, which it must not block. An empty function ends it.
  void on_deadline(std::function<void()> wake);

  /// Has `tell` called with every loss of control, after the listener and under
  /// its rules. An empty function ends it.
  void on_lost(std::function<void(const control_lost&)> tell);

  control_status status() const;

private:
  struct gamepad {
    /// As the driver has it.
    gamepad_state state;
    input_order order;
    /// When an input was obeyed last.
    time_point last;
    /// Whether it is watched.
    bool held = false;
    /// Whether it was lost while its driver went on.
    bool lost = false;
    /// Whether others may see anything of it but neutral.
    bool connected = false;
    /// Its axes stay neutral.
    bool awaits_rest = false;
    bool clamping_told = false;
    /// Whether anything was ever heard of it.
    bool is_known = false;
  };

  /// What others have not been shown yet.
  enum class news : uint8_t { none, values, hands };

  time_point not_before(time_point now) noexcept;
  bool stands_still(time_point now) const;
  control_verdict submit_locked(const control_source& source,
                                const std::vector<gamepad_input>& inputs,
                                time_point now);
  void begin(const control_source& source);
  void let_go_of_all(time_point now);
  control_view view() const;
  void note(news what) noexcept;
  void show(time_point now);
  bool take(const control_source& source, const gamepad_input& input,
            control_verdict& verdict, time_point now);
  void obey(const gamepad_input& input, std::string_view source,
            time_point now);
  void tell_clamped(const gamepad_input& input, std::string_view source);
  void expire_locked(time_point now);
  void lose(gamepad_set gamepads, bool driver_too, time_point now);
  void tell_lost(const control_lost& fact);
  void release(gamepad& pad) noexcept;
  void make_neutral(time_point now);
  void report(control_ignored fact, time_point now);
  uint64_t& counter(control_fault fault) noexcept;

  control_settings settings_;
  std::shared_ptr<gamepad_writer> writer_;
  control_listener listener_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::function<bool()> in_time_;
  std::function<void(const control_lost&)> tell_lost_;
  std::optional<control_source> driver_;
  bool closed_ = false;
  std::optional<control_source> last_driver_;
  /// Of the last packet that was obeyed.
  time_point last_;
  /// The latest that anybody has called.
  time_point now_;
  /// Until when everything is too old.
  time_point settled_at_{};
  /// When to try again what could not be made neutral.
  std::optional<time_point> retry_;
  std::array<gamepad, gamepad_count> gamepads_;
  news news_ = news::none;
  /// Of gamepads that move.
  rate_limit views_{shown_burst, shown_interval};
  control_counters counters_;
  /// By fault.
  std::array<rate_limit, 8> limits_;
};

} // namespace rr
