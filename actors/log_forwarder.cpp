// SPDX-License-Identifier: BSD-3-Clause
#include "actors/log_forwarder.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

log_forwarder_state::log_forwarder_state(pointer self) : self_(self) {
}

log_forwarder_actor::behavior_type
log_forwarder_state::make_behavior(const log_relay_factory& make,
                                   const event_log& log) {
  report_errors(self_, log);
  auto listener = [hdl = log_forwarder_actor{self_}](const log_failed& fact) {
    caf::anon_send(hdl, fact);
  };
  if (auto made = make(listener))
    relay_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return status(); },
    [this](const log_failed& fact) { on_failed(fact); },
  };
}

log_forwarder_status log_forwarder_state::status() const {
  return {relay_->frontend_endpoints(), relay_->backend_endpoints(),
          relay_->counters()};
}

void log_forwarder_state::on_failed(const log_failed& fact) {
  self_->quit(fact.reason);
}

log_forwarder_actor::behavior_type
log_forwarder(log_forwarder_actor::stateful_pointer<log_forwarder_state> self,
              log_relay_factory make, event_log log) {
  return self->state.make_behavior(make, log);
}

} // namespace rr
