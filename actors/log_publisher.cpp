// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_publisher.hpp"

#include "actors/support/open_bridge.hpp"
#include "actors/support/report_errors.hpp"

namespace rr {

log_publisher_actor::behavior_type
log_publisher(log_publisher_actor::stateful_pointer<log_publisher_state> self,
              log_publishing_factory make, event_log log) {
  report_errors(self, log.with({{"transmit", false}}));
  open_bridge<log_failed>(self, self->state.publishing, make);
  return {
    [self](atom::status) { return self->state.publishing->status(); },
    [self](const log_failed& fact) { self->quit(fact.reason); },
  };
}

} // namespace rr
