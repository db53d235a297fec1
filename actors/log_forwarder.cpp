// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_forwarder.hpp"

#include "actors/support/open_bridge.hpp"
#include "actors/support/report_errors.hpp"

namespace rr {

log_forwarder_actor::behavior_type
log_forwarder(log_forwarder_actor::stateful_pointer<log_forwarder_state> self,
              log_relay_factory make, event_log log) {
  report_errors(self, std::move(log));
  open_bridge<log_failed>(self, self->state.relay, make);
  return {
    [self](atom::status) {
      const auto& relay = *self->state.relay;
      return log_forwarder_status{relay.frontend_endpoints(),
                                  relay.backend_endpoints(), relay.counters()};
    },
    [self](const log_failed& fact) { self->quit(fact.reason); },
  };
}

} // namespace rr
