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

#include "bridges/gamepad_writer.hpp"
#include "bridges/router_reporter.hpp"
#include "messages/control.hpp"

namespace rr {

/// What a control session tells. Called on the thread that submits or expires,
/// while the session is locked: must not block, nor call the session.
struct control_listener {
  std::function<void(const control_connected&)> connected;
  std::function<void(const control_lost&)> lost;
  /// At most once a second for each fault.
  std::function<void(const control_ignored&)> ignored;
  /// Before anything else is done about a driver that has fallen silent when
  /// `on-timeout` is `emergency-stop`.
  std::function<void(const control_lost&)> emergency;
};

/// Who drives, and whether he is still there. Neither I/O nor a clock of its
/// own: whoever calls says what time it is.
///
///            packet of anybody
///   [free] ---------------------> [held]  packets of one source are obeyed
///     ^                              |
///     +------------------------------+
///       no obeyed packet for the timeout: every gamepad neutral, and its axes
///       neutral until its driver shows them at rest
///
/// Only packets that are obeyed keep control alive. A session that begins knows
/// nothing of the one before: neither sequence numbers, nor delays, nor the
/// source. The very first needs no rest. Where `on-timeout` is `none` the state
/// stays, nobody needs to show rest, and only the source is forgotten.
///
/// The age of a packet is how much longer it was under way than the fastest one
/// of the session, so that the clocks need not agree. To let them run at
/// different speeds, that fastest one is taken to be slower by 500 ppm of the
/// time that passes.
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

  control_session(const control_settings& settings,
                  std::shared_ptr<gamepad_writer> writer,
                  control_listener listener);

  /// Obeys a packet, or counts why not.
  /// @param inputs as `decode_control` makes them.
  /// @param now when it came.
  /// @returns whether it was obeyed.
  bool submit(const control_source& source,
              const std::vector<gamepad_input>& inputs, time_point now);

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
    std::optional<uint64_t> seq;
    bool connected = false;
    /// Its axes stay neutral.
    bool awaits_rest = false;
  };

  void begin(const control_source& source);
  bool obey(const gamepad_input& input, std::string_view source,
            time_point now);
  std::optional<control_fault> fault_of(const gamepad_input& input,
                                        time_point now);
  bool is_too_old(double sent, time_point now);
  void expire_locked(time_point now);
  void lose(time_point now);
  void make_neutral(time_point now);
  void report(std::string_view source, control_fault fault,
              std::string_view detail, time_point now);
  uint64_t& counter(control_fault fault) noexcept;

  control_settings settings_;
  std::shared_ptr<gamepad_writer> writer_;
  control_listener listener_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::function<void(const control_lost&)> tell_lost_;
  std::optional<control_source> driver_;
  bool closed_ = false;
  std::optional<control_source> last_driver_;
  /// Of the last packet that was obeyed.
  time_point last_;
  /// When to try again what could not be made neutral.
  std::optional<time_point> retry_;
  /// Arrival less sending, in seconds, and when it was taken.
  std::optional<double> smallest_delay_;
  time_point delay_taken_;
  std::array<gamepad, gamepad_count> gamepads_;
  control_counters counters_;
  /// By fault.
  std::array<event_budget, 8> budgets_;
};

} // namespace rr
