// SPDX-License-Identifier: BSD-3-Clause
// How a child does while it lives: readiness, watchdog and probe.
#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/process_supervisor.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// What is wrong with a probe that ended so; empty for nothing.
std::string fault_of(int32_t exit_code) {
  if (exit_code == 0)
    return {};
  if (exit_code < 0)
    return "it died by " + signal_name(-exit_code);
  return "it exited with code " + std::to_string(exit_code);
}

int64_t whole_milliseconds(caf::timespan span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

} // namespace

void process_supervisor_state::on_look(uint64_t number) {
  if (number != looks_)
    return;
  look_at_ = child_health::time_point::max();
  tend();
}

void process_supervisor_state::on_probe_ended(const std::string& cause) {
  probe_.reset();
  auto late = std::exchange(probe_killed_, false);
  if (!health_.probe_ended(cause.empty(), self_->clock().now()))
    report_probe(late ? "it has not ended in time" : cause);
  tend();
}

/// Does what is to be done about the child now.
void process_supervisor_state::tend() {
  // What it says now may be what is waited for: heartbeats wait unread.
  take_news();
  for (;;)
    switch (health_.next(self_->clock().now(), !probe_)) {
      case child_health::demand::nothing:
        return set_look();
      case child_health::demand::tell_ready:
        become_ready();
        break;
      case child_health::demand::start_probe:
        start_probe();
        break;
      case child_health::demand::kill_probe:
        probe_killed_ = true;
        probe_->kill();
        break;
      case child_health::demand::fail:
        fail_child();
        break;
    }
}

/// Of one that ends, or is being ended. Its probe is not waited for.
void process_supervisor_state::stop_tending() {
  health_.end();
  if (probe_)
    probe_->kill();
}

void process_supervisor_state::take_news() {
  if (!child_)
    return;
  auto news = child_->take_news();
  health_.hear(news, self_->clock().now());
  if (news.status)
    status_text_ = std::move(*news.status);
  for (const auto& why : news.refused)
    log_.warning("Notification refused",
                 {{"pid", pid_.value_or(0)}, {"reason", why}});
}

/// A look that comes too early sets the next one; so one that is fed again and
/// again costs no timer each time.
void process_supervisor_state::set_look() {
  auto at = health_.look_at(!probe_);
  if (at >= look_at_)
    return;
  look_at_ = at;
  auto delay = at - self_->clock().now();
  self_->delayed_send(self_, std::max(delay, decltype(delay){0}), atom::tick_v,
                      ++looks_);
}

void process_supervisor_state::become_ready() {
  state_ = process_state::running;
  log_.info("Process ready",
            {{"pid", pid_.value_or(0)},
             {"after_ms", whole_milliseconds(self_->clock().now() - began_)}});
  end_order({});
}

void process_supervisor_state::start_probe() {
  auto settings = settings_;
  settings.name += " probe";
  settings.command = settings_.probe.command;
  settings.output = process_output::null;
  settings.ready = {};
  settings.raises_emergency = false;
  auto tell = [hdl = process_supervisor_actor{self_}](std::string cause) {
    caf::anon_send(hdl, atom::probe_v, std::move(cause));
  };
  child_listener listener;
  listener.start_failed = [tell](const process_start_failed& fact) {
    tell(describe(fact.reason));
  };
  listener.exited = [tell](const process_exited& fact) {
    tell(fault_of(fact.exit_code));
  };
  probe_killed_ = false;
  probe_ = starter_->start(std::move(settings), std::move(listener));
}

void process_supervisor_state::fail_child() {
  failure_ = health_.failure();
  if (health_.watchdog_missed())
    log_.error("Watchdog missed",
               {{"pid", pid_.value_or(0)},
                {"late_ms", whole_milliseconds(health_.late())}});
  terminate();
}

/// Before it is ready its probe is expected to fail, and while it is ended
/// nobody wants to know.
void process_supervisor_state::report_probe(const std::string& cause) {
  if (!is_ready())
    return;
  auto first = health_.probe_failures() == 1
               && probe_reports_.pass(self_->clock().now());
  if (first || health_.probe_exhausted())
    log_.error("Probe failed", {{"pid", pid_.value_or(0)},
                                {"failures", health_.probe_failures()},
                                {"cause", cause}});
}

bool process_supervisor_state::is_ready() const noexcept {
  return state_ == process_state::running && health_.ready();
}

/// Whether its program executes, and is waited for.
bool process_supervisor_state::awaits_readiness() const noexcept {
  return state_ == process_state::starting && pid_;
}

void process_supervisor_state::tell_move() {
  auto ready = is_ready();
  if (state_ != told_.state || ready != told_ready_)
    since_ = std::chrono::system_clock::now();
  told_ready_ = ready;
  process_moved now{settings_.name, state_, ready || done_, since_};
  if (now == told_)
    return;
  told_ = std::move(now);
  if (observer_)
    self_->send(observer_, told_);
}

} // namespace rr
