// SPDX-License-Identifier: BSD-3-Clause
#include "actors/spin.hpp"

#include <algorithm>
#include <exception>

#include <caf/send.hpp>

#include "actors/support/actor_turn.hpp"
#include "actors/support/report_errors.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Runs on a worker's thread.
caf::error call_guarded(const spin_state::callback& function) {
  try {
    return function();
  } catch (const std::exception& x) {
    return caf::make_error(ec::work_failed, std::string{x.what()});
  } catch (...) {
    return caf::make_error(ec::work_failed,
                           "an exception that is no std::exception");
  }
}

} // namespace

spin_actor::behavior_type
spin_state::make_behavior(event_log log, callback function,
                          caf::timespan interval,
                          std::shared_ptr<job_runner> workers) {
  report_errors(self_, std::move(log));
  function_ = std::move(function);
  interval_ = interval;
  workers_ = std::move(workers);
  due_ = self_->clock().now();
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::tick) { on_tick(); },
    [this](atom::tick, const caf::error& what) { on_done(what); },
  };
}

void spin_state::on_tick() {
  if (workers_) {
    auto job = [hdl = spin_actor{self_}, function = function_] {
      caf::anon_send(hdl, atom::tick_v, call_guarded(function));
    };
    if (!workers_->submit(std::move(job)))
      self_->quit(
        caf::make_error(ec::overloaded, "too much waits for a worker"));
    return;
  }
  auto turn = actor_turn{};
  on_done(function_());
}

void spin_state::on_done(const caf::error& what) {
  if (what)
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
                               std::shared_ptr<job_runner> workers) {
  return self->state.make_behavior(std::move(log), std::move(function),
                                   interval, std::move(workers));
}

} // namespace rr
