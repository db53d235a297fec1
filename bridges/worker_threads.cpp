// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/worker_threads.hpp"

#include <exception>
#include <string>

#include "messages/error.hpp"

namespace rr {

namespace {

constexpr size_t most_threads = 64;

caf::error job_failed(const std::string& why) {
  return caf::make_error(ec::system_error, "job failed: " + why);
}

} // namespace

job_runner::~job_runner() = default;

caf::expected<std::unique_ptr<worker_threads>>
worker_threads::make(size_t threads, failure_handler on_failure, size_t queue) {
  auto what = "cannot start " + std::to_string(threads) + " worker threads: ";
  if (threads == 0 || threads > most_threads)
    return caf::make_error(ec::bad_configuration,
                           what + "expected 1 to "
                             + std::to_string(most_threads));
  try {
    auto result = std::unique_ptr<worker_threads>{
      new worker_threads(std::move(on_failure), queue)};
    for (size_t i = 0; i < threads; ++i)
      result->threads_.emplace_back([self = result.get()] { self->run(); });
    return result;
  } catch (const std::exception& e) {
    return caf::make_error(ec::system_error, what + e.what());
  }
}

worker_threads::worker_threads(failure_handler on_failure, size_t queue)
  : on_failure_(std::move(on_failure)),
    capacity_(queue) {
}

worker_threads::~worker_threads() {
  std::deque<job> discarded;
  {
    auto guard = std::lock_guard{mutex_};
    closed_ = true;
    discarded.swap(jobs_);
  }
  changed_.notify_all();
  // Before the wait: whoever waits for one of them need not wait as long.
  discarded.clear();
  for (auto& thread : threads_)
    thread.join();
}

bool worker_threads::submit(job work) {
  {
    auto guard = std::lock_guard{mutex_};
    if (closed_ || jobs_.size() >= capacity_)
      return false;
    jobs_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void worker_threads::run() noexcept {
  for (job work; next(work); work = nullptr) {
    try {
      work();
    } catch (const std::exception& e) {
      on_failure_(job_failed(e.what()));
    } catch (...) {
      on_failure_(job_failed("unknown exception"));
    }
  }
}

bool worker_threads::next(job& work) {
  auto guard = std::unique_lock{mutex_};
  changed_.wait(guard, [this] { return closed_ || !jobs_.empty(); });
  if (closed_)
    return false;
  work = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

} // namespace rr
