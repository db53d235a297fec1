// SPDX-License-Identifier: BSD-3-Clause
#include "actors/run_recorder.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"

namespace rr {

namespace {

/// How long the disk may take at the end. Less than the Application gives an
/// actor in an emergency.
constexpr auto last_write = caf::timespan{std::chrono::milliseconds{500}};

} // namespace

run_recorder_actor::behavior_type
run_recorder_state::make_behavior(std::shared_ptr<record_keeper> keeper,
                                  event_log log) {
  keeper_ = std::move(keeper);
  log_ = std::move(log);
  report_errors(self_, log_);
  self_->set_exit_handler(
    [this](const caf::exit_msg& msg) { on_exit_message(msg); });
  return {
    [this](process_end& end) { keeper_->keep(std::move(end)); },
    [this](robot_stopped& end) { keeper_->keep(std::move(end)); },
    [this](atom::status) { return keeper_->stops(); },
    [this](atom::close) { self_->quit(quit_reason_); },
    [this](atom::timeout) { on_timeout(); },
  };
}

void run_recorder_state::on_exit_message(const caf::exit_msg& msg) {
  auto finishing = static_cast<bool>(quit_reason_);
  quit_reason_ = msg.reason ? msg.reason : caf::exit_reason::user_shutdown;
  if (msg.reason == caf::exit_reason::kill)
    return self_->quit(quit_reason_);
  if (finishing)
    return;
  keeper_->finish(
    [hdl = run_recorder_actor{self_}] { caf::anon_send(hdl, atom::close_v); });
  self_->delayed_send(self_, last_write, atom::timeout_v);
}

void run_recorder_state::on_timeout() {
  log_.error("Unhandled error",
             {{"actor", name},
              {"error", "how the run has ended cannot be written in time"}});
  self_->quit(quit_reason_);
}

run_recorder_actor::behavior_type
run_recorder(run_recorder_actor::stateful_pointer<run_recorder_state> self,
             std::shared_ptr<record_keeper> keeper, event_log log) {
  return self->state.make_behavior(std::move(keeper), std::move(log));
}

} // namespace rr
