// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// What a log forwarder needs to know.
struct log_forwarder_settings {
  /// Where readers connect; `tcp://host:port` or `ipc://path` each.
  std::vector<std::string> frontend;
  /// Where publishers connect.
  std::vector<std::string> backend;
  /// Where publishers of this process connect, `inproc://name`; empty for
  /// nowhere. What they have sent is forwarded before the forwarder ends.
  std::string inside;
  /// Events that wait for one reader; 1 and up. Readers share the memory of
  /// what waits for several of them.
  int32_t queue = 10'000;
  /// Events that wait of one publisher; 1 and up. Beyond it they wait in its
  /// connection and its own queue: libzmq reads no more of a connection that is
  /// closed meanwhile. So there is room for what a publisher holds by default
  /// and sends just before it ends.
  int32_t publisher_queue = 1'000;
  /// Bytes of large events, those with a frame of more than 4 KiB, that wait
  /// for readers, each counted once. Beyond it large events are left out, for
  /// every reader; small ones still pass.
  size_t waiting_bytes = size_t{32} << 20;
  /// Bytes of one frame; a publisher that sends more is disconnected.
  int64_t max_message = 2'097'152;
  /// How long an event that comes after a silence waits for others, to be
  /// forwarded with them; zero for not at all.
  std::chrono::milliseconds gathering{1};
};

struct log_forwarder_counters {
  /// Events, of however many frames.
  uint64_t received = 0;
  /// Of these, handed to the readers' socket, which drops what a reader has no
  /// room for; the others were large, and too many of them waited.
  uint64_t forwarded = 0;
  friend bool
  operator==(const log_forwarder_counters&, const log_forwarder_counters&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, log_forwarder_counters& x) {
  return f(caf::meta::type_name("log_forwarder_counters"), x.received,
           x.forwarded);
}

/// What `status` tells of the log forwarder.
struct log_forwarder_status {
  /// The addresses that are really bound, wildcard ports filled in; without
  /// the one inside this process.
  std::vector<std::string> frontend;
  std::vector<std::string> backend;
  log_forwarder_counters counters;
  friend bool
  operator==(const log_forwarder_status&, const log_forwarder_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, log_forwarder_status& x) {
  return f(caf::meta::type_name("log_forwarder_status"), x.frontend, x.backend,
           x.counters);
}

/// What `status` tells of a log publisher.
struct log_publisher_status {
  /// Unique among all publishers: `NAME-PID-RANDOM`.
  std::string source;
  /// Events handed to the socket.
  uint64_t published = 0;
  /// Events for which there was no room, in the queue or after it.
  uint64_t dropped = 0;
  friend bool
  operator==(const log_publisher_status&, const log_publisher_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, log_publisher_status& x) {
  return f(caf::meta::type_name("log_publisher_status"), x.source, x.published,
           x.dropped);
}

/// What became of everything that a log subscriber's socket received.
struct log_subscriber_status {
  /// Handed to a handler.
  uint64_t received = 0;
  /// Skipped: no event, or too large a one.
  uint64_t malformed = 0;
  /// Never came, as the gaps in the numbers of each source and level tell.
  uint64_t missed = 0;
  friend bool
  operator==(const log_subscriber_status&, const log_subscriber_status&)
    = default;
};

template <class Inspector>
auto inspect(Inspector& f, log_subscriber_status& x) {
  return f(caf::meta::type_name("log_subscriber_status"), x.received,
           x.malformed, x.missed);
}

/// Fact: a log forwarder, publisher or subscriber cannot go on.
struct log_failed {
  caf::error reason;
  friend bool operator==(const log_failed& x, const log_failed& y) {
    return x.reason == y.reason;
  }
};

template <class Inspector>
auto inspect(Inspector& f, log_failed& x) {
  return f(caf::meta::type_name("log_failed"), x.reason);
}

} // namespace rr
