// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "messages/call/call_head.hpp"
#include "messages/call/routing.hpp"

namespace rr {

/// What a router has to tell. Every function is called on the thread that
/// routes, and must neither block nor throw. Facts come at a bounded rate,
/// whatever peers send; what is left out is counted in the next one.
struct router_listener {
  /// A peer has made itself known: a hundred at once, ten a second from then
  /// on.
  std::function<void(const router_connection&)> connected;
  /// A message was not routed: once a second for each cause.
  std::function<void(const router_drop&)> dropped;
  /// Nothing is routed any more. Called once at most, and last.
  std::function<void(const router_failed&)> failed;
  /// A message was routed: thirty in a tenth of a second at most.
  std::function<void(const routed_call&)> routed = {};
};

/// Routes messages between clients and services, from its making to its end.
class message_router {
public:
  /// Closes the sockets. Nothing is called back once it has returned.
  virtual ~message_router();

  /// The addresses that are really bound, wildcard ports filled in. From any
  /// thread, and so are the other functions.
  virtual const std::vector<std::string>&
  frontend_endpoints() const noexcept = 0;
  virtual const std::vector<std::string>&
  backend_endpoints() const noexcept = 0;

  /// The counters as they are now; routing does not pause.
  virtual router_counters counters() const noexcept = 0;
};

/// Makes a router that reports to the listener.
using message_router_factory
  = std::function<caf::expected<std::unique_ptr<message_router>>(
    router_listener)>;

} // namespace rr
