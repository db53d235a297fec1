// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/control/input_order.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rr {

namespace {

using seconds = std::chrono::duration<double>;

/// How much the clocks of driver and robot may differ in speed.
constexpr double clock_drift = 500e-6;

/// How fast a sender's clock goes at least, measured by two inputs: what waits
/// in a queue that fills up ever more seems to come from a slower one.
constexpr double slowest_clock = 0.5;

/// The last numbers of counters that begin anew.
constexpr std::array<uint64_t, 2> last_numbers{UINT32_MAX, UINT64_MAX};

/// How many numbers around a counter's end count as near to it: more than any
/// driver sends within the timeout.
constexpr uint64_t near = 1 << 16;

bool wraps(uint64_t from, uint64_t to) noexcept {
  return to < near && std::ranges::any_of(last_numbers, [from](uint64_t last) {
           return from <= last && last - from < near;
         });
}

} // namespace

std::optional<control_fault>
input_order::take(const gamepad_input& input, time_point now,
                  std::chrono::nanoseconds timeout,
                  std::chrono::nanoseconds max_age) noexcept {
  if (received_ && now - *received_ >= timeout)
    *this = {};
  else if (doubted_since_ && now - *doubted_since_ >= timeout)
    begin_anew(now);
  auto fault = fault_of(input, now, max_age);
  if (fault)
    note_refused(input);
  else
    note_obeyed(input);
  received_ = now;
  if (input.time)
    received_time_ = input.time;
  return fault;
}

void input_order::begin_anew(time_point now) noexcept {
  auto before = std::exchange(refused_, {});
  seq_ = before.seq;
  time_ = before.time;
  wrapped_ = false;
  doubted_since_ = now;
  smallest_delay_.reset();
}

void input_order::note_obeyed(const gamepad_input& input) noexcept {
  if (input.seq) {
    auto wraps_now = seq_ && wraps(*seq_, *input.seq);
    wrapped_ = wraps_now || (wrapped_ && *input.seq < near);
    seq_ = input.seq;
  }
  refused_ = {};
  doubted_since_.reset();
}

void input_order::note_refused(const gamepad_input& input) noexcept {
  // Nothing is less than any value.
  refused_.seq = std::max(refused_.seq, input.seq);
  refused_.time = std::max(refused_.time, input.time);
}

std::optional<control_fault>
input_order::fault_of(const gamepad_input& input, time_point now,
                      std::chrono::nanoseconds max_age) noexcept {
  if (input.seq && seq_ && !is_later(*input.seq))
    return *input.seq == *seq_ ? control_fault::duplicate
                               : control_fault::reordered;
  if (input.time
      && ((doubted_since_ && stands_still(*input.time, now))
          || is_too_old(*input.time, now, max_age)))
    return control_fault::too_old;
  return std::nullopt;
}

bool input_order::is_later(uint64_t seq) const noexcept {
  if (wraps(*seq_, seq))
    return true;
  // From before the counter's end.
  if (wrapped_ && wraps(seq, *seq_))
    return false;
  return seq > *seq_;
}

bool input_order::stands_still(double sent, time_point now) const noexcept {
  if (time_ && sent <= *time_)
    return true;
  auto passed = seconds{now - *received_}.count() * slowest_clock;
  return received_time_ && sent - *received_time_ < passed;
}

bool input_order::is_too_old(double sent, time_point now,
                             std::chrono::nanoseconds max_age) noexcept {
  auto delay = seconds{now.time_since_epoch()}.count() - sent;
  if (smallest_delay_)
    *smallest_delay_ += seconds{now - std::exchange(delay_taken_, now)}.count()
                        * clock_drift;
  if (!smallest_delay_ || delay < *smallest_delay_) {
    smallest_delay_ = delay;
    delay_taken_ = now;
  }
  return delay - *smallest_delay_ > seconds{max_age}.count();
}

} // namespace rr
