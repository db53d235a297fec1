// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <caf/expected.hpp>

namespace rr {

/// Runs jobs that may block, on threads that may.
class job_runner {
public:
  using job = std::function<void()>;

  virtual ~job_runner();

  /// From any thread; never blocks.
  /// @returns false when there are too many jobs already; this one is dropped.
  [[nodiscard]] virtual bool submit(job work) = 0;
};

/// A fixed number of threads that run jobs in the order of their arrival.
class worker_threads : public job_runner {
public:
  /// Told what a job threw, on the thread that ran it. Must not throw.
  using failure_handler = std::function<void(const caf::error&)>;

  /// @param threads 1 to 64.
  /// @param queue how many jobs may wait.
  /// @returns `ec::bad_configuration` for another number of threads,
  ///          `ec::system_error` when a thread cannot be started.
  static caf::expected<std::unique_ptr<worker_threads>>
  make(size_t threads, failure_handler on_failure, size_t queue = 1024);

  worker_threads(const worker_threads&) = delete;
  worker_threads& operator=(const worker_threads&) = delete;

  /// Discards the jobs that wait, and waits for those that run. Not from a job.
  ~worker_threads() override;

  [[nodiscard]] bool submit(job work) override;

private:
  worker_threads(failure_handler on_failure, size_t queue);

  void run() noexcept;
  bool next(job& work);

  failure_handler on_failure_;
  size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> jobs_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

} // namespace rr
