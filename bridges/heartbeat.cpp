// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/heartbeat.hpp"

#include "bridges/quiet_thread.hpp"

namespace rr {

heartbeat::heartbeat(std::function<void()> beat,
                     std::chrono::nanoseconds interval)
  : beat_(std::move(beat)),
    thread_(quiet_thread([this, interval] { run(interval); })) {
}

heartbeat::~heartbeat() {
  {
    auto guard = std::lock_guard{mutex_};
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void heartbeat::run(std::chrono::nanoseconds interval) {
  auto guard = std::unique_lock{mutex_};
  while (!stop_) {
    beat_();
    stopped_.wait_for(guard, interval, [this] { return stop_; });
  }
}

} // namespace rr
