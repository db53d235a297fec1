// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "messages/control/control.hpp"
#include "messages/control/gamepad.hpp"

namespace rr {

/// Whether the inputs of one gamepad come in order and in time. A plain value
/// without a clock: whoever calls says what time it is.
///
/// Numbers must rise, by whatever step; a counter of 32 or 64 bits may begin
/// anew at its end. The age of an input is how much longer it was under way
/// than the fastest one, so that the clocks need not agree. To let them run at
/// different speeds, that fastest one is taken to be slower by 500 ppm of the
/// time that passes.
///
/// What has been silent for the timeout is forgotten. What has been refused for
/// as long is not: it may begin anew with any number and any time, but these
/// must be beyond all that was refused within the timeout before. So a stream
/// which stands still, runs backwards or in a circle is refused for ever, and
/// that of a sender which was restarted, or whose clock was set, is not.
class input_order {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// Takes note of an input.
  /// @param timeout the silence after which nothing is known.
  /// @param max_age of an input that tells its time.
  /// @returns why it is not to be obeyed.
  std::optional<control_fault> take(const gamepad_input& input, time_point now,
                                    std::chrono::nanoseconds timeout,
                                    std::chrono::nanoseconds max_age) noexcept;

  /// None of its inputs has been obeyed for as long as the timeout.
  void begin_anew(time_point now) noexcept;

private:
  std::optional<control_fault>
  fault_of(const gamepad_input& input, time_point now,
           std::chrono::nanoseconds max_age) noexcept;
  void note_obeyed(const gamepad_input& input) noexcept;
  void note_refused(const gamepad_input& input) noexcept;
  bool is_later(uint64_t seq) const noexcept;
  bool stands_still(double sent, time_point now) const noexcept;
  bool is_too_old(double sent, time_point now,
                  std::chrono::nanoseconds max_age) noexcept;

  struct marks {
    std::optional<uint64_t> seq;
    std::optional<double> time;
  };

  /// When an input has come last, obeyed or not, and the time that it told.
  std::optional<time_point> received_;
  std::optional<double> received_time_;
  /// What a number must be later than.
  std::optional<uint64_t> seq_;
  /// Whether the numbers have begun anew a little while ago.
  bool wrapped_ = false;
  /// The highest that has been refused since the last input that was obeyed.
  marks refused_;
  /// Since when numbers and times are measured by what was refused before; none
  /// while its inputs are obeyed.
  std::optional<time_point> doubted_since_;
  /// What a time must be later than meanwhile.
  std::optional<double> time_;
  /// Arrival less sending, in seconds, and when it was taken.
  std::optional<double> smallest_delay_;
  time_point delay_taken_;
};

} // namespace rr
