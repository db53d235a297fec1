// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/call/message_router.hpp"
#include "bridges/log/event_log.hpp"

namespace rr {

class router_state {
public:
  static inline constexpr auto name = "router";

  using pointer = router_actor::stateful_pointer<router_state>;

  explicit router_state(pointer self) : self_(self) {
  }

  router_actor::behavior_type make_behavior(const message_router_factory& make,
                                            event_log log);

private:
  router_status status() const;
  router_listener make_listener() const;

  pointer self_;
  event_log log_;
  std::unique_ptr<message_router> router_;
};

/// Owns the router's sockets and their thread; no message that it routes passes
/// an actor. The Application talks to it. Its end closes the sockets.
///
/// Quits with the factory's error when an address cannot be bound, and with the
/// bridge's when it fails later.
///
/// @param make called once, before the behaviour function returns.
router_actor::behavior_type
router(router_actor::stateful_pointer<router_state> self,
       message_router_factory make, event_log log);

} // namespace rr
