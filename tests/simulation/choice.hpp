// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rr::simulation {

/// What happens next in a simulated robot.
enum class step_kind : uint8_t {
  /// The actor of that number handles its next message.
  run,
  /// Time goes on to whatever is due next.
  pass,
  /// A child that was ordered comes to execute its program, or is found to
  /// have been told to end before (detail 0; 1: a moment too late for that).
  launch,
  /// It cannot be started.
  fail_start,
  /// The next order to start one throws.
  plant_exception,
  /// It ends; the detail tells how (`way_to_end`).
  end_child,
  /// Its end is reported to whoever has started it.
  report_end,
  /// It says something of itself (`child_word`).
  say,
  /// The kernel does not let it end.
  stick,
  /// Children are killed by the thread that watches them: their time after the
  /// emergency stop, or after a second signal, has passed.
  kill_groups,
  /// Whoever has pulled the cord tells the root.
  tell_pull,
  /// Somebody pulls the cord (`cord_puller`).
  pull,
  /// An operator orders something about a process (`operator_order`).
  order,
  /// Somebody asks how the robot is.
  ask,
  /// The health of the root is asked for, or it is told to report it.
  ask_health,
  /// A signal to stop; from the second on it forces the end.
  signal,
  /// An exit message reaches the root from elsewhere.
  exit_message,
  /// A core actor is ended (`way_to_go`).
  end_core,
  /// Its bridge says that it cannot go on.
  fail_bridge,
  /// An actor hangs: it handles nothing any more.
  hang,
  /// The disk is done with what the recorder has been told.
  write_records,
  /// A remote call leaves a client (`remote_method_called`).
  call,
  /// The oldest message in that direction arrives, or is lost.
  deliver,
  lose,
  /// A control packet comes.
  control,
  /// A network takes updates no more, or again.
  network,
  /// A person opens or closes the buffer of a device.
  device,
  /// A datagram with an update arrives (`datagram_fate`).
  datagram,
  /// The latch is written, or cannot be (detail 1).
  write_latch,
  /// The robot comes to its end, and is started anew (`before_start`).
  start_again,
};

inline constexpr size_t step_kinds = static_cast<size_t>(step_kind::start_again)
                                     + 1;

/// What somebody does of a latched stop before the next start.
enum class before_start : uint16_t { nothing, reset, spoil, count };

/// @relates step_kind
const char* to_string(step_kind kind) noexcept;

/// One of the steps that are possible.
struct choice {
  step_kind kind{};
  uint16_t subject = 0;
  uint16_t detail = 0;
  friend bool operator==(const choice&, const choice&) = default;
};

/// A schedule: whatever of it is not possible when its turn comes is left out,
/// and what is left to happen after the last one happens in the calmest way.
using schedule = std::vector<choice>;

/// `run:3,pass,end_child:1:2`, and back.
std::string to_text(const schedule& steps);
std::optional<schedule> parse_schedule(std::string_view text);

/// Numbers from a seed: splitmix64.
class random_numbers {
public:
  explicit random_numbers(uint64_t seed) : state_(seed) {
  }

  uint64_t next() noexcept {
    auto x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  /// Less than `bound`, which is above zero.
  uint32_t below(size_t bound) noexcept {
    return static_cast<uint32_t>((next() >> 32) * bound >> 32);
  }

  /// Of a hundred.
  bool percent(uint32_t chance) noexcept {
    return below(100) < chance;
  }

  template <class T>
  T one_of(std::initializer_list<T> all) noexcept {
    return all.begin()[below(all.size())];
  }

private:
  uint64_t state_;
};

} // namespace rr::simulation
