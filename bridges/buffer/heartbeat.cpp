// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/buffer/heartbeat.hpp"

#include "bridges/system/start_thread.hpp"

namespace rr {

heartbeat::heartbeat(std::function<void()> beat,
                     std::chrono::nanoseconds interval)
  : beat_(std::move(beat)),
    interval_(interval) {
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
  auto guard = std::lock_guard{mutex_};
  witnesses_.push_back(
    {.witness = std::move(witness), .question = 0, .asked_at = clock::now()});
}

void heartbeat::run() {
  make_thread_urgent();
  auto guard = std::unique_lock{mutex_};
  while (!stop_) {
    if (all_answer())
      beat_();
    stopped_.wait_for(guard, interval_, [this] { return stop_; });
  }
}

bool heartbeat::all_answer() {
  auto result = true;
  auto now = clock::now();
  for (auto& each : witnesses_) {
    if (each.witness.answered() != each.question) {
      result = result && now - each.asked_at <= each.witness.bound;
    } else if (each.question == 0
               || now - each.asked_at >= each.witness.bound / 4) {
      each.asked_at = now;
      each.witness.ask(++each.question);
    }
  }
  return result;
}

} // namespace rr
