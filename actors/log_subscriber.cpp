// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_subscriber.hpp"

#include "actors/support/open_bridge.hpp"
#include "actors/support/report_errors.hpp"

namespace rr {

log_subscriber_actor::behavior_type log_subscriber(
  log_subscriber_actor::stateful_pointer<log_subscriber_state> self,
  log_subscription_factory make, event_log log) {
  report_errors(self, log.with({{"transmit", false}}));
  open_bridge<log_failed>(self, self->state.subscription, make);
  return {
    [self](atom::status) { return self->state.subscription->status(); },
    [self](const log_failed& fact) { self->quit(fact.reason); },
  };
}

} // namespace rr
