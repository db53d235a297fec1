// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <caf/expected.hpp>

#include "bridges/buffer/memory_segment.hpp"
#include "bridges/system/file_descriptor.hpp"

namespace rr {

namespace layout {

/// The bytes of the robot's state, the object `<prefix>-robot-state`; see
/// docs/buffers.md. In the machine's own order, as in buffers.
struct robot_state {
  /// The bytes `rrstate` and a zero.
  static inline constexpr uint64_t wanted_magic = 0x0065746174737272;
  static inline constexpr uint32_t wanted_version = 2;
  /// Copies of the reason.
  static inline constexpr uint64_t slots = 4;
  static inline constexpr size_t reason_size = 256;
  static inline constexpr size_t holds_size = 1024;

  uint64_t magic;
  uint32_t version;
  uint32_t size;
  /// The runtime that owns it.
  int32_t owner_pid;
  uint32_t reserved;
  /// When the owner was started: field 22 of its `/proc/PID/stat`.
  uint64_t owner_start;
  /// Without a heartbeat for longer than this, in nanoseconds, the robot is
  /// disabled.
  int64_t patience;
  uint64_t reserved_line[3];
  /// 1 enabled, anything else not.
  uint64_t enabled;
  /// CLOCK_MONOTONIC in nanoseconds.
  int64_t heartbeat;
  /// The numbers of the reasons work as the counters of a block.
  uint64_t published;
  uint64_t begun;
  /// CLOCK_MONOTONIC_COARSE in nanoseconds: when the robot was enabled last, or
  /// its heartbeat went on after it had been stale. What was requested before
  /// does not count.
  uint64_t enabled_since;
  uint64_t reserved_words[3];
  /// Texts, filled with zeros.
  char reasons[slots][reason_size];
  /// The numbers of the holds, as those of the reasons.
  uint64_t holds_published;
  uint64_t holds_begun;
  uint64_t reserved_holds[6];
  /// Texts, filled with zeros: what holds the robot back, a line each.
  char holds[slots][holds_size];
};

static_assert(sizeof(robot_state) == 128 + 4 * 256 + 64 + 4 * 1024);

} // namespace layout

/// What `robot_state::read` tells.
struct robot_state_report {
  /// Whether requested values are to be followed: enabled, and the heartbeat is
  /// not stale.
  bool enabled = false;
  /// Why not, in words; empty when enabled.
  std::string reason;
  /// The runtime's process; 0 where there is none.
  pid_t owner = 0;
  std::chrono::nanoseconds since_heartbeat{0};
};

/// Whether the robot is enabled, for every process to see without asking
/// anybody. Whoever holds one can disable the robot, from any thread: that is a
/// store into memory.
///
/// The robot is disabled from the start, until `enable`.
class robot_state {
public:
  /// What `layout::robot_state::patience` is, unless told otherwise. The
  /// runtime should beat several times as often.
  static inline constexpr std::chrono::nanoseconds default_patience
    = std::chrono::seconds{1};

  static inline constexpr std::chrono::nanoseconds max_patience
    = std::chrono::minutes{1};

  /// Makes the object for the runtime, which owns it, and with it all buffers
  /// of that prefix, until the end of this object: it then disables the robot
  /// and removes the name. That of a dead runtime is replaced.
  /// @param patience above zero, at most `max_patience`.
  /// @returns `ec::system_error` when another runtime lives that owns it, or
  ///          when there is no room or no permission.
  static caf::expected<std::unique_ptr<robot_state>>
  own(const std::string& prefix,
      std::chrono::nanoseconds patience = default_patience);

  /// Opens the state that a runtime owns.
  /// @returns errors as `memory_segment::open`, and `ec::incompatible_buffer`.
  static caf::expected<std::unique_ptr<robot_state>>
  open(const std::string& prefix);

  /// Makes one for private buffers, which no other process sees.
  static caf::expected<std::unique_ptr<robot_state>>
  make_private(std::chrono::nanoseconds patience = default_patience);

  robot_state(const robot_state&) = delete;
  robot_state& operator=(const robot_state&) = delete;

  ~robot_state();

  /// Enables the robot and beats once. For the owner.
  void enable() noexcept;

  /// Disables the robot: at once, from any thread, and from a signal handler.
  /// Takes no lock and no memory. Of several calls the first one's reason
  /// stands.
  /// @param reason for people; cut after 255 bytes.
  void disable(std::string_view reason) noexcept;

  /// Says what holds the robot back, which enables and disables nothing. For
  /// the owner, by one thread at a time.
  /// @param lines one for each; cut after 1023 bytes.
  void tell_holds(std::string_view lines) noexcept;

  /// What was told last; empty where nothing holds it back. Waits for nobody.
  std::string holds() const;

  /// Says that the runtime lives. After a silence that disabled the robot it is
  /// enabled anew. For the owner, from one thread.
  void beat() noexcept;

  /// Has no request that was made so far take effect any more, as a silence of
  /// the heartbeat does. For the owner, from the thread that beats; before the
  /// beat after a time in which this machine or this process stood still.
  void begin_anew() noexcept;

  /// Whether it is enabled, and the heartbeat is not stale. Waits for nobody;
  /// any thread may call it.
  bool enabled() const noexcept;

  /// Whether a request of that time is to be followed, as far as its age goes:
  /// it was made since the robot was enabled last. To be asked after `enabled`.
  /// @param time by `recent_time`; 0 for none.
  bool follows(uint64_t time) const noexcept;

  /// Whether the robot is enabled, and more.
  robot_state_report read() const;

private:
  robot_state(memory_segment segment, file_descriptor lock, std::string path);

  layout::robot_state& state() const noexcept;
  std::string reason() const;

  memory_segment segment_;
  /// Held by the owner; else empty.
  file_descriptor lock_;
  /// Where the object is; empty for all but the owner.
  std::string path_;
};

/// The name of the object.
/// @relates robot_state
std::string robot_state_name(const std::string& prefix);

} // namespace rr
