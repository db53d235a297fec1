// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/black_box/record_job.hpp"

#include <sys/resource.h>

#include <condition_variable>
#include <exception>
#include <mutex>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Between two looks at the ring: with the time that a chunk covers it is what
/// a torn file has lost.
constexpr std::chrono::milliseconds look_time{40};

/// The lowest there is.
constexpr auto nice_value = 19;

} // namespace

/// The thread has its own share: it may be left behind.
struct record_job::shared {
  body work;
  std::function<void(const caf::expected<std::string>&)> told;
  std::mutex mutex;
  std::condition_variable changed;
  bool has_time = false;
  bool finishes = false;
  std::optional<bool> done;

  bool more() {
    auto lock = std::unique_lock{mutex};
    changed.wait_for(lock, look_time, [this] { return finishes; });
    return !finishes;
  }

  caf::expected<std::string> try_work() {
    try {
      return work([this] { return more(); });
    } catch (const std::exception& x) {
      return caf::make_error(
        ec::system_error, std::string{"cannot write a black box: "} + x.what());
    }
  }

  void run() {
    if (has_time)
      ::setpriority(PRIO_PROCESS, 0, nice_value);
    auto result = try_work();
    told(result);
    auto guard = std::lock_guard{mutex};
    done = static_cast<bool>(result);
    changed.notify_all();
  }
};

caf::expected<std::unique_ptr<record_job>>
record_job::start(body work,
                  std::function<void(const caf::expected<std::string>&)> told,
                  bool has_time) {
  auto state = std::make_shared<shared>();
  state->work = std::move(work);
  state->told = std::move(told);
  state->has_time = has_time;
  auto result = std::unique_ptr<record_job>{new record_job{state}};
  if (auto failed = start_thread(result->thread_, "rr-record",
                                 "cannot write a black box",
                                 [state] { state->run(); }))
    return failed;
  return result;
}

record_job::record_job(std::shared_ptr<shared> state)
  : state_(std::move(state)) {
}

record_job::~record_job() {
  if (!thread_.joinable())
    return;
  finish();
  if (wait(std::chrono::steady_clock::now() + last_patience))
    thread_.join();
  else
    thread_.detach();
}

void record_job::finish() noexcept {
  {
    auto guard = std::lock_guard{state_->mutex};
    state_->finishes = true;
  }
  state_->changed.notify_all();
}

std::optional<bool>
record_job::wait(std::chrono::steady_clock::time_point until) {
  auto lock = std::unique_lock{state_->mutex};
  state_->changed.wait_until(lock, until,
                             [this] { return state_->done.has_value(); });
  return state_->done;
}

} // namespace rr
