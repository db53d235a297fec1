// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
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

/// Runs jobs that may block, on threads that may, so that no actor ever does.
class job_runner {
public:
  /// Must not throw: whoever gives a job knows whom to tell that it failed.
  using job = std::function<void()>;

  virtual ~job_runner();

  /// From any thread; never blocks.
  /// @returns false when there are too many jobs already; this one is dropped.
  [[nodiscard]] virtual bool submit(job work) = 0;
};

/// A fixed number of threads that run jobs in the order of their arrival.
class worker_threads : public job_runner {
public:
  /// @param threads 1 to 64.
  /// @param queue how many jobs may wait.
  /// @param patience how long the end waits for jobs that run.
  /// @returns `ec::bad_configuration` for another number of threads,
  ///          `ec::system_error` when a thread cannot be started.
  static caf::expected<std::unique_ptr<worker_threads>>
  make(size_t threads, size_t queue = 1024,
       std::chrono::milliseconds patience = std::chrono::milliseconds{100});

  worker_threads(const worker_threads&) = delete;
  worker_threads& operator=(const worker_threads&) = delete;

  /// Discards the jobs that wait, and waits for those that run, as long as its
  /// patience lasts: a job that hangs keeps its thread, and holds up nobody.
  /// Not from a job.
  ~worker_threads() override;

  /// How many threads of this process hang in a job of a pool that has ended.
  /// While there is any, the process must end by `_exit`.
  static size_t abandoned() noexcept;

  [[nodiscard]] bool submit(job work) override;

private:
  /// What a thread needs that may outlive the pool.
  struct shared {
    size_t capacity = 0;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<job> jobs;
    bool closed = false;
    /// Threads that have not ended.
    size_t living = 0;
  };

  explicit worker_threads(std::chrono::milliseconds patience);

  static void run(shared& state) noexcept;
  static bool next(shared& state, job& work);

  std::chrono::milliseconds patience_;
  std::shared_ptr<shared> state_ = std::make_shared<shared>();
  std::vector<std::thread> threads_;
};

} // namespace rr
