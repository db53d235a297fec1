// SPDX-License-Identifier: BSD-3-Clause
#include "actors/support/child_health.hpp"

#include <algorithm>
#include <utility>

namespace rr {

namespace {

using namespace std::chrono_literals;

/// A look that comes later than this is no look at the child.
constexpr auto tolerated_lateness = caf::timespan{100ms};

constexpr uint32_t most_graces = 3;

/// Of one start: each may need a timer of its own.
constexpr uint32_t most_watchdog_changes = 1000;

constexpr auto never = child_health::time_point::max();

} // namespace

child_health::child_health(const process_settings& settings)
  : settings_(settings.ready),
    probe_(settings.probe),
    stop_timeout_(settings.terminate_timeout) {
}

void child_health::begin(time_point now) {
  active_ = true;
  ready_ = stopping_ = triggered_ = false;
  ready_wanted_ = settings_.kind == readiness::started;
  watchdog_ = settings_.watchdog;
  watchdog_changes_ = 0;
  ready_by_ = now + settings_.timeout;
  probing_ = probe_killed_ = false;
  probe_at_ = settings_.kind == readiness::probe ? now : never;
  probe_failures_ = graces_ = 0;
}

void child_health::hear(const child_news& news, time_point now) {
  if (!active_ || stopping_)
    return;
  if (news.heartbeat && ready_ && *news.heartbeat > heartbeat_) {
    heartbeat_ = *news.heartbeat;
    heartbeat_by_ = std::max(heartbeat_by_, heartbeat_ + watchdog_);
    graces_ = 0;
  }
  if (news.extension && !ready_)
    ready_by_ = std::max(ready_by_, now + *news.extension);
  if (news.watchdog && watchdog_changes_ < most_watchdog_changes) {
    ++watchdog_changes_;
    watchdog_ = *news.watchdog;
    heartbeat_by_ = now + watchdog_;
  }
  triggered_ |= news.triggered;
  if (news.ready && !ready_ && settings_.kind == readiness::notify)
    ready_wanted_ = true;
  if (news.stopping) {
    stopping_ = true;
    stop_by_ = now + stop_timeout_;
  }
}

bool child_health::probe_ended(bool well, time_point now) {
  well = well && !probe_killed_;
  if (!std::exchange(probing_, false) || !active_)
    return well;
  probe_at_ = now + probe_.interval;
  if (well) {
    probe_failures_ = graces_ = 0;
    if (!ready_ && !stopping_ && settings_.kind == readiness::probe)
      ready_wanted_ = true;
  } else {
    ++probe_failures_;
  }
  return well;
}

child_health::demand child_health::next(time_point now, bool probe_free) {
  if (!active_)
    return demand::nothing;
  if (std::exchange(ready_wanted_, false)) {
    become_ready(now);
    return demand::tell_ready;
  }
  if (auto what = look_at_child(now); what != demand::nothing)
    return what;
  if (stopping_)
    return demand::nothing;
  if (probing_ && !probe_killed_
      && has_passed(probe_by_, probe_.timeout, now)) {
    probe_killed_ = true;
    return demand::kill_probe;
  }
  if (!probing_ && probe_free && now >= probe_at_) {
    probing_ = true;
    probe_killed_ = false;
    probe_by_ = now + probe_.timeout;
    return demand::start_probe;
  }
  return demand::nothing;
}

child_health::time_point child_health::look_at(bool probe_free) const {
  if (!active_)
    return never;
  if (stopping_)
    return stop_by_;
  auto result = never;
  if (!ready_)
    result = ready_by_;
  else if (watched())
    result = heartbeat_by_;
  if (!probing_ && probe_free)
    result = std::min(result, probe_at_);
  else if (probing_ && !probe_killed_)
    result = std::min(result, probe_by_);
  return result;
}

/// Whether the child has to be ended.
child_health::demand child_health::look_at_child(time_point now) {
  watchdog_missed_ = false;
  if (triggered_) {
    watchdog_missed_ = true;
    late_ = caf::timespan{0};
    return fail("watchdog missed: it has triggered it itself");
  }
  if (stopping_)
    return has_passed(stop_by_, stop_timeout_, now)
             ? fail("did not stop in time")
             : demand::nothing;
  if (!ready_)
    return has_passed(ready_by_, settings_.timeout, now)
             ? fail("not ready in time")
             : demand::nothing;
  if (watched() && has_passed(heartbeat_by_, watchdog_, now)) {
    watchdog_missed_ = true;
    return fail("watchdog missed");
  }
  if (probe_exhausted())
    return fail(probe_failures_ == 1
                  ? "probe failed once"
                  : "probe failed " + std::to_string(probe_failures_)
                      + " times");
  return demand::nothing;
}

/// Whether a time has passed that the child had, and not the runtime.
bool child_health::has_passed(time_point& deadline, caf::timespan whole,
                              time_point now) {
  if (now < deadline)
    return false;
  late_ = now - deadline;
  if (late_ > tolerated_lateness && graces_ < most_graces) {
    ++graces_;
    deadline = now + whole;
    return false;
  }
  return true;
}

child_health::demand child_health::fail(std::string why) {
  failure_ = std::move(why);
  end();
  return demand::fail;
}

void child_health::become_ready(time_point now) {
  ready_ = true;
  heartbeat_ = now;
  heartbeat_by_ = now + watchdog_;
  probe_failures_ = graces_ = 0;
  if (!probe_.command.empty() && probe_at_ == never)
    probe_at_ = now + probe_.interval;
}

bool child_health::watched() const noexcept {
  return watchdog_.count() > 0;
}

} // namespace rr
