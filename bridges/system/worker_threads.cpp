// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/system/worker_threads.hpp"

#include <atomic>
#include <exception>
#include <string>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr size_t most_threads = 64;

std::atomic<size_t> abandoned_threads{0};

} // namespace

job_runner::~job_runner() = default;

caf::expected<std::unique_ptr<worker_threads>>
worker_threads::make(size_t threads, size_t queue,
                     std::chrono::milliseconds patience) {
  auto what = "cannot start " + std::to_string(threads) + " worker threads: ";
  if (threads == 0 || threads > most_threads)
    return caf::make_error(ec::bad_configuration,
                           what + "expected 1 to "
                             + std::to_string(most_threads));
  try {
    auto result = std::unique_ptr<worker_threads>{new worker_threads(patience)};
    auto& state = *result->state_;
    state.capacity = queue;
    for (size_t i = 0; i < threads; ++i) {
      result->threads_.emplace_back(
        [shared_state = result->state_] { run(*shared_state); });
      auto guard = std::lock_guard{state.mutex};
      ++state.living;
    }
    return result;
  } catch (const std::exception& e) {
    return caf::make_error(ec::system_error, what + e.what());
  }
}

worker_threads::worker_threads(std::chrono::milliseconds patience)
  : patience_(patience) {
}

worker_threads::~worker_threads() {
  std::deque<job> discarded;
  auto guard = std::unique_lock{state_->mutex};
  state_->closed = true;
  discarded.swap(state_->jobs);
  guard.unlock();
  state_->changed.notify_all();
  // Before the wait: whoever waits for one of them need not wait as long.
  discarded.clear();
  guard.lock();
  auto all_ended = state_->changed.wait_for(guard, patience_, [this] {
    return state_->living == 0;
  });
  abandoned_threads += state_->living;
  guard.unlock();
  for (auto& thread : threads_) {
    if (all_ended)
      thread.join();
    else
      thread.detach();
  }
}

size_t worker_threads::abandoned() noexcept {
  return abandoned_threads;
}

bool worker_threads::submit(job work) {
  {
    auto guard = std::lock_guard{state_->mutex};
    if (state_->closed || state_->jobs.size() >= state_->capacity)
      return false;
    state_->jobs.push_back(std::move(work));
  }
  state_->changed.notify_one();
  return true;
}

void worker_threads::run(shared& state) noexcept {
  for (job work; next(state, work); work = nullptr)
    work();
  auto guard = std::lock_guard{state.mutex};
  --state.living;
  state.changed.notify_all();
}

bool worker_threads::next(shared& state, job& work) {
  auto guard = std::unique_lock{state.mutex};
  state.changed.wait(guard,
                     [&] { return state.closed || !state.jobs.empty(); });
  if (state.closed)
    return false;
  work = std::move(state.jobs.front());
  state.jobs.pop_front();
  return true;
}

} // namespace rr
