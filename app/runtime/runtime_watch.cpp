// SPDX-License-Identifier: BSD-3-Clause
#include "app/runtime/runtime_watch.hpp"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "app/runtime/host.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

const std::string running_status = "STATUS=The robot runs";

/// Between two attempts to tell what could not be told.
constexpr auto retry_interval = 20ms;

/// Whoever wants to hear more often asks for a busy loop.
constexpr auto least_watchdog_interval = 1ms;

/// Where nobody counts on the heartbeat.
constexpr auto slow_interval = 1s;
constexpr auto slow_ask_interval = 5s;

/// By its time systemd tells the `READY=1` after it from one before.
std::string reloading_state() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  auto usec = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec)
         + "\nSTATUS=The robot reads its configuration again";
}

int64_t milliseconds_of(std::chrono::nanoseconds x) noexcept {
  return x / 1ms;
}

} // namespace

caf::expected<std::unique_ptr<runtime_watch>>
runtime_watch::start(runtime_watch_settings settings) {
  std::unique_ptr<runtime_watch> result{new runtime_watch{std::move(settings)}};
  auto* self = result.get();
  self->find_manager();
  if (auto err = self->thread_.start("rr-watch", "cannot start a watch",
                                     [self] { self->run(); }))
    return err;
  if (auto err = self->heart_->start())
    return err;
  return result;
}

runtime_watch::runtime_watch(runtime_watch_settings settings)
  : settings_(std::move(settings)) {
  heartbeat_settings heart;
  heart.interval = settings_.interval;
  heart.patience = settings_.patience;
  heart.beat = settings_.beat;
  if (!heart.beat) {
    heart.interval = std::max<std::chrono::nanoseconds>(slow_interval,
                                                        heart.interval);
    heart.patience += heart.interval;
    heart.ask_interval = slow_ask_interval;
    heart.beat = [] {};
  }
  heart.stood_still = [this](std::chrono::nanoseconds) {
    if (settings_.begin_anew)
      settings_.begin_anew();
  };
  heart.tell = [this] { thread_.wake(); };
  heart_ = std::make_unique<heartbeat>(std::move(heart));
}

runtime_watch::~runtime_watch() {
  end();
}

void runtime_watch::end() noexcept {
  thread_.stop();
  heart_.reset();
}

void runtime_watch::add(const host& owner) {
  for (auto& witness : owner.witnesses(settings_.patience)) {
    if (!settings_.beat)
      witness.bound = {};
    heart_->add(std::move(witness));
  }
  if (heart_->is_ordinary())
    settings_.log.info("Heartbeat has no real-time priority",
                       {{"reason", "the system does not permit it"}});
}

void runtime_watch::tell_running() {
  auto starting = phase::starting;
  if (phase_.compare_exchange_strong(starting, phase::running))
    try_to_tell_phase();
}

void runtime_watch::tell_stopping() {
  phase_ = phase::stopping;
  try_to_tell_phase();
}

void runtime_watch::tell_reloading(bool begins) {
  auto before = begins ? phase::running : phase::reloading;
  auto after = begins ? phase::reloading : phase::running;
  if (phase_.compare_exchange_strong(before, after))
    try_to_tell_phase();
}

/// What cannot be told now the watch's thread tells later.
void runtime_watch::try_to_tell_phase() {
  if (tell_phase())
    return;
  owes_phase_ = true;
  thread_.wake();
}

void runtime_watch::find_manager() {
  auto found = service_manager::find(settings_.environment);
  if (!found) {
    settings_.log.warning("Service manager ignored",
                          {{"error", describe(found.error())}});
    return;
  }
  manager_ = std::move(*found);
  if (!manager_ || !manager_->patience())
    return;
  watchdog_interval_ = std::max<clock::duration>(*manager_->patience() / 2,
                                                 least_watchdog_interval);
  watchdog_due_ = clock::now();
}

void runtime_watch::run() {
  while (!thread_.stopping()) {
    wait();
    take_news();
    if (held_ && late_.empty() && clock::now() >= released_at_)
      set_held(false);
    if (owes_phase_.exchange(false) && !tell_phase())
      owes_phase_ = true;
    tell_watchdog();
  }
  // What has ended holds nothing back.
  set_held(false);
}

void runtime_watch::wait() const noexcept {
  auto due = watchdog_due_;
  if (held_ && late_.empty())
    due = std::min(due, released_at_);
  if (owes_phase_)
    due = std::min(due, clock::now() + retry_interval);
  auto timeout = -1;
  if (due != clock::time_point::max()) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
    timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000));
  }
  pollfd wake{thread_.descriptor(), POLLIN, 0};
  if (::poll(&wake, 1, timeout) == 1)
    thread_.clear();
}

void runtime_watch::take_news() {
  auto news = heart_->take();
  if (news.stood_still > 0ns) {
    settings_.log.error("Runtime stood still",
                        {{"ms", milliseconds_of(news.stood_still)}});
    released_at_ = clock::now() + held_after;
    set_held(true);
  }
  for (const auto& change : news.changes)
    report_lateness(change);
}

void runtime_watch::set_held(bool held) {
  if (std::exchange(held_, held) == held)
    return;
  if (settings_.hold)
    settings_.hold(hold_text, held);
}

void runtime_watch::report_lateness(const lateness& change) {
  auto waited = milliseconds_of(change.waited);
  if (change.is_late) {
    settings_.log.error("Actor late",
                        {{"actor", change.name}, {"late_ms", waited}});
    late_.insert(change.name);
    set_held(true);
  } else {
    settings_.log.info("Actor answers again",
                       {{"actor", change.name}, {"late_ms", waited}});
    late_.erase(change.name);
  }
  if (phase_ == phase::running)
    tell(late_.empty() ? running_status
                       : "STATUS=" + *late_.begin() + " is late");
}

/// Whoever is late, or has stood still and not seen it yet, keeps silent, and
/// says it as soon as that is over.
void runtime_watch::tell_watchdog() {
  if (clock::now() < watchdog_due_)
    return;
  auto told = heart_->all_in_time() && heart_->is_in_time()
              && tell("WATCHDOG=1");
  watchdog_due_
    = clock::now()
      + (told ? watchdog_interval_
              : std::min<clock::duration>(watchdog_interval_, retry_interval));
}

/// @returns whether there is nothing to be told any more.
bool runtime_watch::tell_phase() {
  switch (phase_.load()) {
    case phase::stopping:
      return tell("STOPPING=1\nSTATUS=The robot stops");
    case phase::reloading:
      return tell(reloading_state());
    default:
      return tell("READY=1\n" + running_status);
  }
}

/// What cannot be sent is an event once, until something can.
bool runtime_watch::tell(std::string_view state) {
  if (!manager_)
    return true;
  auto failed = manager_->tell(state);
  if (failed && !refused_.exchange(true))
    settings_.log.warning("Service manager not told",
                          {{"error", describe(failed)}});
  if (!failed)
    refused_ = false;
  return !failed;
}

} // namespace rr
