// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/heartbeat.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <utility>

#include "bridges/system/start_thread.hpp"

namespace rr {

using namespace std::chrono_literals;

namespace {

/// An answer that takes longer is late.
constexpr auto late_after = self_watch_settings{}.late_after;

} // namespace

std::chrono::nanoseconds time_since_boot() noexcept {
  timespec time;
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds{time.tv_sec}
         + std::chrono::nanoseconds{time.tv_nsec};
}

heartbeat::heartbeat(heartbeat_settings settings)
  : settings_(std::move(settings)),
    watch_({.patience = settings_.patience,
            .late_after = late_after,
            .ask_interval = settings_.ask_interval},
           time_since_boot()),
    looked_at_(time_since_boot().count()) {
}

caf::error heartbeat::start() {
  return start_thread(thread_, "rr-heartbeat", "cannot start a heartbeat",
                      [this] { run(); });
}

heartbeat::~heartbeat() {
  {
    auto guard = std::lock_guard{mutex_};
    stop_ = true;
  }
  stopped_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void heartbeat::add(heartbeat_witness witness) {
  auto guard = std::lock_guard{handed_mutex_};
  added_.push_back(std::move(witness));
}

heartbeat_news heartbeat::take() {
  auto guard = std::lock_guard{handed_mutex_};
  return std::exchange(handed_, {});
}

bool heartbeat::is_in_time() const noexcept {
  return time_since_boot().count() - looked_at_.load()
         <= settings_.patience.count();
}

void heartbeat::run() {
  is_ordinary_ = !make_thread_first();
  auto guard = std::unique_lock{mutex_};
  // What came before the thread did is no silence of it.
  watch_.went_on(time_since_boot());
  while (!stop_) {
    take_added();
    auto time = look();
    watch_.plan(time_since_boot() + time);
    stopped_.wait_for(guard, time, [this] { return stop_; });
  }
}

/// @returns the time to the next one: soon enough to name who is late.
std::chrono::nanoseconds heartbeat::look() {
  auto now = time_since_boot();
  auto view = watch_.look(now, news_.changes);
  if (view.stood_still > 0ns) {
    news_.stood_still = view.stood_still;
    if (settings_.stood_still)
      settings_.stood_still(view.stood_still);
    now = time_since_boot();
    watch_.went_on(now);
  }
  all_in_time_ = view.all_in_time;
  // It may have been stopped here: the next look sees that.
  if (view.is_well && time_since_boot() - now <= settings_.patience)
    settings_.beat();
  looked_at_ = now.count();
  hand_over();
  return view.is_owed ? std::min(settings_.interval, late_after + 1ms)
                      : settings_.interval;
}

/// The next time, if somebody has the lock.
void heartbeat::take_added() {
  auto guard = std::unique_lock{handed_mutex_, std::try_to_lock};
  if (!guard)
    return;
  for (auto& each : added_)
    watch_.add(std::move(each));
  added_.clear();
}

/// The next time, if somebody has the lock.
void heartbeat::hand_over() noexcept {
  if (news_.changes.empty() && news_.stood_still == 0ns)
    return;
  auto guard = std::unique_lock{handed_mutex_, std::try_to_lock};
  if (!guard)
    return;
  if (news_.stood_still > 0ns)
    handed_.stood_still = news_.stood_still;
  std::ranges::move(news_.changes, std::back_inserter(handed_.changes));
  news_.stood_still = 0ns;
  news_.changes.clear();
  guard.unlock();
  if (settings_.tell)
    settings_.tell();
}

} // namespace rr
