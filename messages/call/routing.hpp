// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// The identity of the runtime's own service.
inline constexpr auto broker_identity = "broker-service";

/// The method of it that stops the robot in an emergency.
inline constexpr auto emergency_method = "emergency_stop";

/// The error of `list_services` for a message that found nobody.
inline constexpr auto no_such_service = "nobody holds that address";

/// One of the router's two sockets: clients connect to the frontend, services
/// to the backend.
enum class router_side : uint8_t { frontend, backend };

/// `frontend` or `backend`.
/// @relates router_side
const char* to_string(router_side side) noexcept;

/// Why a message was not routed.
enum class drop_cause : uint8_t {
  /// Its recipient is not connected to the other side.
  no_such_peer,
  /// It is anything but one recipient, that is not empty, and one payload; or
  /// its sender bears an identity that is reserved for another.
  malformed,
  /// Its recipient is its sender.
  loopback,
  /// `router.queue` messages wait for its recipient already.
  would_block,
};

/// `no such peer`, `malformed`, `loopback` or `would block`.
/// @relates drop_cause
const char* to_string(drop_cause cause) noexcept;

/// Bytes of a ZMQ identity, at most.
inline constexpr size_t longest_identity = 255;

/// A ZMQ identity for people: itself when it is UTF-8 without control
/// characters, and the hexadecimal of its bytes otherwise.
std::string identity_text(std::string_view identity);

/// Whether it is that of a command-line tool, `<app>-cli-<pid>-<random>`, the
/// last being eight hexadecimal digits.
bool is_command_identity(std::string_view identity) noexcept;

/// A service inside this process whose identity nobody else can take.
struct reserved_service {
  /// By which clients call it; empty for none.
  std::string identity = {};
  /// By which it connects, so that nobody who does not know it can take its
  /// place; at most 29 bytes.
  std::string secret = {};
  /// The method whose calls wait behind no others, and the secret of who
  /// answers them. As long as that is not connected they go where others go.
  std::string urgent_method = {};
  std::string urgent_secret = {};
};

/// What a router needs to know: the `[router]` section, validated.
struct router_settings {
  /// Where clients connect; `tcp://host:port` or `ipc://path` each.
  std::vector<std::string> frontend;
  /// Where services connect.
  std::vector<std::string> backend;
  /// Where services inside this process connect, as `inproc://...`; may be
  /// empty.
  std::string inside = {};
  /// One that connects there.
  reserved_service reserved = {};
  /// Messages that wait for one peer, in each direction; 1 and up.
  int32_t queue = 100'000;
  /// Bytes of one frame; a peer that sends more is disconnected.
  int64_t max_message = 16'777'216;
};

/// What became of everything that one side has received. All of it adds up:
/// received = probes + routed + the four causes.
struct direction_counters {
  /// Handed to the other side's socket.
  uint64_t routed = 0;
  /// Empty messages by which a peer makes itself known.
  uint64_t probes = 0;
  uint64_t no_such_peer = 0;
  uint64_t malformed = 0;
  uint64_t loopback = 0;
  uint64_t would_block = 0;
  friend bool operator==(const direction_counters&, const direction_counters&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, direction_counters& x) {
  return f(caf::meta::type_name("direction_counters"), x.routed, x.probes,
           x.no_such_peer, x.malformed, x.loopback, x.would_block);
}

/// A router's counters, by the side that received.
struct router_counters {
  direction_counters frontend;
  direction_counters backend;
  friend bool operator==(const router_counters&, const router_counters&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, router_counters& x) {
  return f(caf::meta::type_name("router_counters"), x.frontend, x.backend);
}

/// What `status` tells of the router.
struct router_status {
  /// The addresses that are really bound, wildcard ports filled in, but for
  /// the one inside this process.
  std::vector<std::string> frontend;
  std::vector<std::string> backend;
  router_counters counters;
  friend bool operator==(const router_status&, const router_status&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, router_status& x) {
  return f(caf::meta::type_name("router_status"), x.frontend, x.backend,
           x.counters);
}

/// Fact: a peer has made itself known.
struct router_connection {
  router_side side{};
  /// As `identity_text` makes it.
  std::string sender_id;
  /// How many facts of this kind were left out since the last one.
  uint64_t suppressed = 0;
};

/// Fact: a message was not routed.
struct router_drop {
  /// The side that received it.
  router_side side{};
  drop_cause cause{};
  /// As `identity_text` makes it.
  std::string sender_id;
  /// The same of whom it was for; empty for a malformed one.
  std::string recipient_id;
  /// How many facts of this kind were left out since the last one.
  uint64_t suppressed = 0;
};

/// Fact: a router cannot go on, and has stopped.
struct router_failed {
  caf::error reason;
  friend bool operator==(const router_failed& x, const router_failed& y) {
    return x.reason == y.reason;
  }
};

template <class Inspector>
auto inspect(Inspector& f, router_failed& x) {
  return f(caf::meta::type_name("router_failed"), x.reason);
}

} // namespace rr
