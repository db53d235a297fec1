// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/latch_writer.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "bridges/system/start_thread.hpp"

namespace rr {

namespace {

/// After the first one and the latch.
constexpr auto more_notices = 2;

} // namespace

/// The thread has its own share: it may be left behind.
struct latch_writer::shared {
  latch_tasks tasks;
  std::mutex mutex;
  /// There is something to do, or nothing will come.
  std::condition_variable begun;
  std::condition_variable done;
  std::optional<stop_cord_pulled> fact;
  latch_tasks::time_point time;
  bool is_done = false;
  bool ends = false;

  void run() {
    {
      auto lock = std::unique_lock{mutex};
      begun.wait(lock, [this] { return fact || ends; });
      if (!fact)
        return;
    }
    work();
    auto guard = std::lock_guard{mutex};
    is_done = true;
    done.notify_all();
  }

  void work() {
    tasks.tell(*fact, time);
    if (tasks.write)
      tasks.done(*fact, time, tasks.write(*fact, time));
    for (auto i = 0; i < more_notices; ++i) {
      std::this_thread::sleep_for(notice_interval);
      tasks.tell(*fact, time);
    }
  }
};

caf::expected<std::unique_ptr<latch_writer>>
latch_writer::make(latch_tasks tasks) {
  auto state = std::make_shared<shared>();
  state->tasks = std::move(tasks);
  auto result = std::unique_ptr<latch_writer>{new latch_writer{state}};
  if (auto failed = start_thread(result->thread_, "rr-latch",
                                 "cannot start what latches a stop",
                                 [state] { state->run(); }))
    return failed;
  return result;
}

latch_writer::latch_writer(std::shared_ptr<shared> state)
  : state_(std::move(state)) {
}

latch_writer::~latch_writer() {
  if (!thread_.joinable())
    return;
  {
    auto guard = std::lock_guard{state_->mutex};
    state_->ends = true;
  }
  state_->begun.notify_one();
  if (finish(last_patience))
    thread_.join();
  else
    thread_.detach();
}

void latch_writer::begin(const stop_cord_pulled& fact) noexcept {
  {
    auto guard = std::lock_guard{state_->mutex};
    if (state_->fact || state_->ends)
      return;
    state_->fact = fact;
    state_->time = std::chrono::system_clock::now();
  }
  state_->begun.notify_one();
}

bool latch_writer::finish(std::chrono::milliseconds patience) noexcept {
  auto lock = std::unique_lock{state_->mutex};
  return state_->done.wait_for(lock, patience, [this] {
    return state_->is_done || !state_->fact;
  });
}

} // namespace rr
