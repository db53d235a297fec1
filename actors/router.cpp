// SPDX-License-Identifier: BSD-3-Clause
#include "actors/router.hpp"

#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

namespace {

log_fields fields_of(std::string sender_id, uint64_t suppressed) {
  log_fields result{{"sender_id", std::move(sender_id)}};
  append_suppressed(result, suppressed);
  return result;
}

void report_route(const event_log& log, const router_connection& fact) {
  auto fields = fields_of(fact.sender_id, fact.suppressed);
  fields.emplace_back("side", to_string(fact.side));
  // A command that only looks must not fill the log that somebody reads.
  if (is_command_identity(fact.sender_id))
    log.debug("Router connected to endpoint", std::move(fields));
  else
    log.info("Router connected to endpoint", std::move(fields));
}

void report_route(const event_log& log, const router_drop& fact) {
  auto fields = fields_of(fact.sender_id, fact.suppressed);
  fields.emplace_back("side", to_string(fact.side));
  if (fact.cause == drop_cause::loopback) {
    log.warning("Loopback not allowed", std::move(fields));
    return;
  }
  fields.emplace_back("cause", to_string(fact.cause));
  if (!fact.recipient_id.empty())
    fields.emplace_back("recipient_id", fact.recipient_id);
  log.warning("Router failed to route message", std::move(fields));
}

} // namespace

router_actor::behavior_type
router_state::make_behavior(const message_router_factory& make, event_log log) {
  log_ = std::move(log);
  report_errors(self_, log_);
  if (auto made = make(make_listener()))
    router_ = std::move(*made);
  else
    self_->quit(made.error());
  return {
    [this](atom::status) { return status(); },
    [this](const router_failed& fact) { self_->quit(fact.reason); },
  };
}

router_status router_state::status() const {
  return {router_->frontend_endpoints(), router_->backend_endpoints(),
          router_->counters()};
}

/// Facts go straight to the log: at the rate of a flood none may pass a
/// mailbox.
router_listener router_state::make_listener() const {
  auto report = [log = log_](const auto& fact) { report_route(log, fact); };
  return {.connected = report,
          .dropped = report,
          .failed = [hdl = router_actor{self_}](const router_failed& fact) {
            caf::anon_send(hdl, fact);
          }};
}

router_actor::behavior_type
router(router_actor::stateful_pointer<router_state> self,
       message_router_factory make, event_log log) {
  return self->state.make_behavior(make, std::move(log));
}

} // namespace rr
