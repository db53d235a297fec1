// SPDX-License-Identifier: BSD-3-Clause
// What operators order about one child: one order after the other.
#include "actors/process_supervisor.hpp"
#include "messages/error.hpp"

namespace rr {

caf::error process_supervisor_state::already_started() const {
  return caf::make_error(ec::process_already_started,
                         "process " + settings_.name
                           + " has been started already");
}

caf::error process_supervisor_state::refusal_in_stop() {
  return caf::make_error(ec::robot_stopping, "the robot is stopping");
}

caf::result<process_status> process_supervisor_state::take(order_kind kind) {
  if (stopping() || robot_stops_)
    return refusal_in_stop();
  if (order_ && awaits_readiness()) {
    if (kind == order_kind::start)
      return already_started();
    end_order({});
  }
  process_order order{kind, false,
                      self_->make_response_promise<process_status>()};
  auto promise = order.promise;
  if (!order_) {
    order_ = std::move(order);
    carry_out();
    return promise;
  }
  if (next_order_) {
    next_order_->promise.deliver(status());
    order.ended_first = next_order_->kind != order_kind::start
                        || next_order_->ended_first;
  }
  next_order_ = std::move(order);
  return promise;
}

/// Answers the order that is under way, if one is, and carries out the next.
/// @param failure in the place of the status.
void process_supervisor_state::end_order(caf::error failure) {
  if (!order_)
    return;
  // The answer says since when it is as it is.
  tell_move();
  if (failure)
    order_->promise.deliver(std::move(failure));
  else
    order_->promise.deliver(status());
  order_ = std::exchange(next_order_, std::nullopt);
  if (order_)
    carry_out();
}

/// Whether the child is being ended for an order that starts it anew.
bool process_supervisor_state::restarts() const noexcept {
  return order_ && order_->kind == order_kind::restart && !stopping()
         && !robot_stops_
         && (state_ == process_state::terminating
             || state_ == process_state::killing);
}

void process_supervisor_state::carry_out() {
  stopped_for_good_ = order_->kind == order_kind::stop;
  // To start what runs is an error, and no new beginning.
  if (order_->kind == order_kind::restart || !lives())
    schedule_.begin_anew();
  if (order_->kind == order_kind::start) {
    if (!lives())
      begin_start();
    else if (order_->ended_first)
      end_order({});
    else
      end_order(already_started());
  } else if (lives()) {
    terminate();
  } else if (order_->kind == order_kind::restart) {
    begin_start();
  } else {
    if (state_ == process_state::restarting)
      state_ = process_state::exited;
    end_order({});
  }
}

void process_supervisor_state::drop_next_order() {
  if (auto order = std::exchange(next_order_, std::nullopt))
    order->promise.deliver(refusal_in_stop());
}

} // namespace rr
