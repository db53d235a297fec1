// SPDX-License-Identifier: BSD-3-Clause
#include "actors/call_relay.hpp"

#include "actors/support/actor_runner.hpp"
#include "actors/support/actor_turn.hpp"
#include "actors/support/report_errors.hpp"
#include "messages/call/remote_exchange.hpp"
#include "messages/error.hpp"

namespace rr {

call_relay_actor::behavior_type
call_relay_state::make_behavior(remote_client_actor client, event_log log) {
  report_errors(self_, log);
  client_ = std::move(client);
  log_ = limited_log{std::move(log)};
  return {[this](outgoing_call& order) { on_call(order); }};
}

void call_relay_state::on_call(outgoing_call& order) {
  if (order.answer)
    call(order);
  else
    notify(order);
}

void call_relay_state::call(outgoing_call& order) {
  actor_runner::deliver_from(*self_, [this, &order] {
    self_
      ->request(client_, caf::infinite, atom::call_v, std::move(order.service),
                std::move(order.method), json_value{std::move(order.args)},
                order.timeout)
      .then(
        [answer = order.answer](json_value& result) {
          auto turn = actor_turn{};
          answer->tell(std::move(result.value));
        },
        [answer = order.answer](caf::error& what) {
          auto turn = actor_turn{};
          // Its client has ended: so says the answer itself if nobody does.
          if (what != caf::sec::request_receiver_down)
            answer->tell(std::move(what));
        });
  });
}

void call_relay_state::notify(outgoing_call& order) {
  auto method = order.method;
  actor_runner::deliver_from(*self_, [this, &order, &method] {
    self_
      ->request(client_, caf::infinite, atom::notify_v,
                std::move(order.service), std::move(order.method),
                json_value{std::move(order.args)})
      .then([] {},
            [this, method](const caf::error& what) {
              log_.warning(self_->clock().now(),
                           "Notification could not be sent",
                           {{"method", method}, {"error", describe(what)}});
            });
  });
}

call_relay_actor::behavior_type
call_relay(call_relay_actor::stateful_pointer<call_relay_state> self,
           remote_client_actor client, event_log log) {
  return self->state.make_behavior(std::move(client), std::move(log));
}

} // namespace rr
