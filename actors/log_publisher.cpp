// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_publisher.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

log_publisher_state::log_publisher_state(pointer self) : self_(self) {
}

log_publisher_actor::behavior_type
log_publisher_state::make_behavior(const log_publishing_factory& make,
                                   const event_log& log) {
  report_errors(self_, log.with({{"transmit", false}}));
  auto listener = [hdl = log_publisher_actor{self_}](const log_failed& fact) {
    caf::anon_send(hdl, fact);
  };
  if (auto made = make(listener))
    publishing_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return publishing_->status(); },
    [this](const log_failed& fact) { on_failed(fact); },
  };
}

void log_publisher_state::on_failed(const log_failed& fact) {
  self_->quit(fact.reason);
}

log_publisher_actor::behavior_type
log_publisher(log_publisher_actor::stateful_pointer<log_publisher_state> self,
              log_publishing_factory make, event_log log) {
  return self->state.make_behavior(make, log);
}

} // namespace rr
