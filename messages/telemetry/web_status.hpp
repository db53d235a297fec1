// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// What the robot's page has served since the start.
struct web_status {
  /// As in `http://127.0.0.1:8080`.
  std::string address;
  /// Clients now, and how many of them have a WebSocket.
  uint64_t connections = 0;
  uint64_t websockets = 0;
  /// Connections that were let in.
  uint64_t accepted = 0;
  /// Connections that found no room, or were closed to give room to others.
  uint64_t displaced = 0;
  uint64_t requests = 0;
  /// Requests that were malformed, too many, or without the right to be made.
  uint64_t refused = 0;
  /// Clients that were too slow to send or to read.
  uint64_t slow = 0;
  /// Messages of WebSockets, and those of them that made no sense.
  uint64_t received = 0;
  uint64_t malformed = 0;
  uint64_t sent = 0;
  friend bool operator==(const web_status&, const web_status&) = default;
};

template <class Inspector>
auto inspect(Inspector& f, web_status& x) {
  return f(caf::meta::type_name("web_status"), x.address, x.connections,
           x.websockets, x.accepted, x.displaced, x.requests, x.refused, x.slow,
           x.received, x.malformed, x.sent);
}

/// Fact: the page is not served any more.
struct web_failed {
  caf::error reason;
  friend bool operator==(const web_failed& x, const web_failed& y) {
    return x.reason == y.reason;
  }
};

template <class Inspector>
auto inspect(Inspector& f, web_failed& x) {
  return f(caf::meta::type_name("web_failed"), x.reason);
}

} // namespace rr
