// SPDX-License-Identifier: BSD-3-Clause
#include "actors/spin.hpp"

#include <algorithm>

#include "actors/support/actor_turn.hpp"
#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"
#include "messages/work.hpp"

namespace rr {

spin_state::spin_state(pointer self) : self_(self) {
}

spin_actor::behavior_type
spin_state::make_behavior(event_log log, callback function,
                          caf::timespan interval, worker_pool_actor workers) {
  report_errors(self_, std::move(log));
  function_ = std::move(function);
  interval_ = interval;
  workers_ = std::move(workers);
  due_ = self_->clock().now();
  schedule_next();
  return {[this](atom::tick) { on_tick(); }};
}

void spin_state::on_tick() {
  if (workers_) {
    self_->request(workers_, caf::infinite, work{function_})
      .then([this] { schedule_next(); },
            [this](const caf::error& what) { self_->quit(what); });
    return;
  }
  auto turn = actor_turn{};
  if (auto what = function_())
    self_->quit(what);
  else
    schedule_next();
}

void spin_state::schedule_next() {
  due_ = std::max(due_ + interval_, self_->clock().now());
  self_->scheduled_send(self_, due_, atom::tick_v);
}

spin_actor::behavior_type spin(spin_actor::stateful_pointer<spin_state> self,
                               event_log log, spin_state::callback function,
                               caf::timespan interval,
                               worker_pool_actor workers) {
  return self->state.make_behavior(std::move(log), std::move(function),
                                   interval, std::move(workers));
}

} // namespace rr
