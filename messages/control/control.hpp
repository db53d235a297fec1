// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// What is done when control packets cease, those of one gamepad or all.
enum class control_timeout : uint8_t {
  /// The gamepads that have ceased are made neutral.
  neutral,
  /// The robot is stopped, though only one gamepad of several has ceased: it
  /// was somebody's. Gamepads are made neutral as well.
  emergency_stop,
  /// Nothing, but that others may take over.
  none,
};

/// Takes `neutral`, `emergency-stop` and `none`.
/// @pre it is one of them.
control_timeout parse_control_timeout(const std::string& text);

/// When control is held and lost: the `[control]` section, validated.
struct control_settings {
  /// Above zero.
  std::chrono::nanoseconds timeout = std::chrono::milliseconds{500};
  control_timeout on_timeout = control_timeout::neutral;
  /// Above zero.
  std::chrono::nanoseconds max_age = std::chrono::milliseconds{250};
};

/// Who sends control.
struct control_source {
  enum class way : uint8_t { udp, call, web };

  way by = way::udp;
  /// `ip:port`, the router identity of the caller, or `web:ip:port`.
  std::string name;
  friend bool operator==(const control_source&, const control_source&)
    = default;
};

/// Why a control packet was not obeyed.
enum class control_fault : uint8_t {
  /// It is no `update_gamepads`, or one of its values is wrong.
  malformed,
  /// It is longer than any control packet.
  oversized,
  /// Its source is not in `control.allow-from`.
  not_allowed,
  /// Another source holds control.
  other_driver,
  /// Its sequence number was the last one.
  duplicate,
  /// A later one has come before it.
  reordered,
  /// It was under way for longer than `control.max-age`, or tells a time that
  /// stands still.
  too_old,
  /// The gamepad's buffer did not take it.
  unwritten,
};

/// `malformed`, `oversized`, `not allowed`, `other driver`, `duplicate`,
/// `reordered`, `too old` or `unwritten`.
const char* to_string(control_fault fault) noexcept;

/// What became of everything that has been received.
struct control_counters {
  /// Packets that were obeyed, if only for one of their gamepads.
  uint64_t accepted = 0;
  // Packets, each counted once.
  uint64_t malformed = 0;
  uint64_t oversized = 0;
  uint64_t not_allowed = 0;
  uint64_t other_driver = 0;
  // Gamepads within packets.
  uint64_t duplicate = 0;
  uint64_t reordered = 0;
  uint64_t too_old = 0;
  uint64_t unwritten = 0;
  /// Gamepads within packets that were obeyed with an axis clamped.
  uint64_t out_of_range = 0;
  /// Datagrams that found the kernel's buffer full.
  uint64_t overruns = 0;
  /// How often control was lost, of one gamepad or all.
  uint64_t lost = 0;
  friend bool operator==(const control_counters&, const control_counters&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, control_counters& x) {
  return f(caf::meta::type_name("control_counters"), x.accepted, x.malformed,
           x.oversized, x.not_allowed, x.other_driver, x.duplicate, x.reordered,
           x.too_old, x.unwritten, x.out_of_range, x.overruns, x.lost);
}

/// What `status` tells of control.
struct control_status {
  /// Who holds control; empty for nobody.
  std::string driver;
  control_counters counters;
  friend bool operator==(const control_status&, const control_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, control_status& x) {
  return f(caf::meta::type_name("control_status"), x.driver, x.counters);
}

/// What became of one packet.
struct control_verdict {
  /// For one of its gamepads at least.
  bool obeyed = false;
  /// Whether somebody holds control with it who did not before.
  bool connected = false;
  /// Why it was not obeyed; none also when the session is closed. Of a packet
  /// that was obeyed, why a gamepad within it is not obeyed any more.
  std::optional<control_fault> fault = {};
  /// Which one that is; none for the whole packet.
  std::optional<uint8_t> gamepad = {};
  /// Whom the robot obeys instead.
  std::string driver = {};
};

/// Fact: somebody holds control now, or one of their gamepads is back.
struct control_connected {
  std::string source;
  /// Whether anybody has held it before.
  bool resumed = false;
  /// None for the driver.
  std::optional<uint8_t> gamepad = {};
};

/// Fact: somebody has taken control from whoever held it.
struct control_taken {
  std::string source;
  /// Who drove until then.
  std::string from;
};

/// Gamepads, bit i for the one of index i.
using gamepad_set = uint16_t;

/// Fact: the driver, or some gamepads, have been silent or refused for the
/// timeout.
struct control_lost {
  std::string source;
  control_timeout on_timeout{};
  /// Those that are lost; none where the driver had none left.
  gamepad_set gamepads = 0;
  /// Whether nobody holds control any more.
  bool driver_too = true;
  friend bool operator==(const control_lost&, const control_lost&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, control_lost& x) {
  return f(caf::meta::type_name("control_lost"), x.source, x.on_timeout,
           x.gamepads, x.driver_too);
}

/// Why a loss stops a robot: `control lost: 127.0.0.1:6 is silent`, ends with a
/// zero. On the stack, for nothing is allocated on the way to a stop.
/// @relates control_lost
std::array<char, 256> describe_loss(const std::string& source,
                                    gamepad_set gamepads,
                                    bool driver_too) noexcept;

/// Fact: a driver has sent an axis that is beyond [-1, 1].
struct control_clamped {
  std::string source;
  uint8_t gamepad = 0;
  /// `lx`, `ly`, `rx` or `ry`.
  std::string axis;
  /// As it was sent.
  double value = 0;
};

/// Fact: a packet, or a gamepad within one, was not obeyed.
struct control_ignored {
  std::string source;
  control_fault fault{};
  /// None for the whole packet.
  std::optional<uint8_t> gamepad = {};
  /// What is wrong, where the fault alone says too little.
  std::string detail;
  /// How many facts of this kind were left out since the last one.
  uint64_t suppressed = 0;
};

/// Fact: control packets can no longer be received.
struct control_failed {
  caf::error reason;
  friend bool operator==(const control_failed& x, const control_failed& y) {
    return x.reason == y.reason;
  }
};

template <class Inspector>
auto inspect(Inspector& f, control_failed& x) {
  return f(caf::meta::type_name("control_failed"), x.reason);
}

} // namespace rr
