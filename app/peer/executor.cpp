// SPDX-License-Identifier: BSD-3-Clause
#include "app/peer/executor.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "bridges/system/worker_threads.hpp"

namespace rr {

namespace {

constexpr size_t most_waiting = 1024;

/// Jobs that run after another: the pool has one job at most that runs the
/// first of them, and asks for another turn when there are more, so that other
/// jobs of the pool have theirs. It keeps no pool, which a job that waits there
/// would keep from its end; with the pool's end all of them are dropped.
class job_line : public std::enable_shared_from_this<job_line> {
public:
  explicit job_line(std::weak_ptr<job_runner> pool) : pool_(std::move(pool)) {
  }

  bool add(std::function<void()> job) {
    std::lock_guard guard{mutex_};
    if (jobs_.size() >= most_waiting)
      return false;
    auto pool = pool_.lock();
    if (!pool)
      return false;
    jobs_.push_back(std::move(job));
    if (has_turn_ || ask_for_turn(*pool))
      return true;
    jobs_.pop_back();
    return false;
  }

private:
  /// With the lock held.
  bool ask_for_turn(job_runner& pool) {
    has_turn_ = pool.submit([self = shared_from_this()] { self->run(); });
    return has_turn_;
  }

  void run() {
    for (;;) {
      std::function<void()> job;
      {
        std::lock_guard guard{mutex_};
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
      std::lock_guard guard{mutex_};
      has_turn_ = false;
      auto pool = pool_.lock();
      if (!pool)
        return jobs_.clear();
      // A pool without room has this thread go on.
      if (jobs_.empty() || ask_for_turn(*pool))
        return;
      has_turn_ = true;
    }
  }

  std::weak_ptr<job_runner> pool_;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;
  bool has_turn_ = false;
};

} // namespace

executor make_serial_executor(std::shared_ptr<job_runner> pool) {
  return [line = std::make_shared<job_line>(std::move(pool))](
           std::function<void()> job) { return line->add(std::move(job)); };
}

} // namespace rr
