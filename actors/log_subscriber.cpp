// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_subscriber.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

log_subscriber_state::log_subscriber_state(pointer self) : self_(self) {
}

log_subscriber_actor::behavior_type
log_subscriber_state::make_behavior(const log_subscription_factory& make,
                                    const event_log& log) {
  report_errors(self_, log.with({{"transmit", false}}));
  auto listener = [hdl = log_subscriber_actor{self_}](const log_failed& fact) {
    caf::anon_send(hdl, fact);
  };
  if (auto made = make(listener))
    subscription_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return subscription_->status(); },
    [this](const log_failed& fact) { on_failed(fact); },
  };
}

void log_subscriber_state::on_failed(const log_failed& fact) {
  self_->quit(fact.reason);
}

log_subscriber_actor::behavior_type log_subscriber(
  log_subscriber_actor::stateful_pointer<log_subscriber_state> self,
  log_subscription_factory make, event_log log) {
  return self->state.make_behavior(make, log);
}

} // namespace rr
