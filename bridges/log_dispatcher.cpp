// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_dispatcher.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "bridges/quiet_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// Events that are handed over without a lock in between.
constexpr size_t batch_size = 64;

/// How long what an output has put off may wait.
constexpr auto settle_interval = std::chrono::milliseconds{250};

} // namespace

caf::expected<std::shared_ptr<log_dispatcher>>
log_dispatcher::make(size_t queue, std::vector<output_ptr> outputs) {
  if (queue == 0)
    return caf::make_error(ec::bad_configuration,
                           "cannot make a log queue of 0 events: "
                           "1 is the least");
  try {
    std::shared_ptr<log_dispatcher> result{new log_dispatcher(queue)};
    result->outputs_ = std::move(outputs);
    result->thread_ = quiet_thread([self = result.get()] { self->run(); });
    return result;
  } catch (const std::exception& x) {
    return caf::make_error(ec::system_error,
                           std::string{"cannot start the log: "} + x.what());
  }
}

log_dispatcher::log_dispatcher(size_t queue) : slots_(queue) {
}

log_dispatcher::~log_dispatcher() {
  close();
}

void log_dispatcher::write(const log_event& event) noexcept {
  try {
    take(log_event{event});
  } catch (...) {
    std::lock_guard guard{mutex_};
    loss_.add(event);
  }
}

void log_dispatcher::take(log_event&& event) noexcept {
  auto wakes = false;
  {
    std::lock_guard guard{mutex_};
    if (closing_)
      return;
    place_for_next() = std::move(event);
    ++taken_;
    wakes = std::exchange(idle_, false);
  }
  if (wakes)
    written_.notify_one();
}

log_event& log_dispatcher::place_for_next() noexcept {
  if (count_ == slots_.size()) {
    loss_.add(slots_[first_]);
    ++done_;
    --count_;
    first_ = (first_ + 1) % slots_.size();
  }
  return slots_[(first_ + count_++) % slots_.size()];
}

void log_dispatcher::add(output_ptr output) {
  std::lock_guard guard{outputs_mutex_};
  outputs_.push_back(std::move(output));
}

void log_dispatcher::remove(const output_ptr& output) {
  {
    std::unique_lock lock{mutex_};
    auto until = taken_;
    handed_over_.wait(lock, [&] { return done_ >= until; });
  }
  std::lock_guard guard{outputs_mutex_};
  std::erase(outputs_, output);
}

void log_dispatcher::close() noexcept {
  std::call_once(close_once_, [this] {
    {
      std::lock_guard guard{mutex_};
      closing_ = true;
    }
    written_.notify_one();
    if (thread_.joinable())
      thread_.join();
  });
}

void log_dispatcher::run() noexcept {
  pthread_setname_np(pthread_self(), "rr-log");
  std::vector<log_event> batch;
  batch.reserve(batch_size);
  auto settled = true;
  for (;;) {
    log_loss loss;
    if (!next_batch(batch, loss, settled))
      return;
    hand_over(batch, loss);
    settled = batch.size() == batch_size || settle();
    std::lock_guard guard{mutex_};
    done_ += batch.size();
    batch.clear();
    handed_over_.notify_all();
  }
}

/// Waits for events, or for the time to settle what is not.
/// @returns false at the end.
bool log_dispatcher::next_batch(std::vector<log_event>& batch, log_loss& loss,
                                bool settled) {
  std::unique_lock lock{mutex_};
  auto ready = [this] { return count_ > 0 || closing_; };
  idle_ = true;
  if (settled)
    written_.wait(lock, ready);
  else
    written_.wait_for(lock, settle_interval, ready);
  idle_ = false;
  if (count_ == 0 && closing_)
    return false;
  take_batch(batch, loss);
  return true;
}

void log_dispatcher::take_batch(std::vector<log_event>& batch, log_loss& loss) {
  loss = std::exchange(loss_, {});
  for (auto left = std::min(count_, batch_size); left > 0; --left) {
    batch.push_back(std::move(slots_[first_]));
    first_ = (first_ + 1) % slots_.size();
    --count_;
  }
}

void log_dispatcher::hand_over(const std::vector<log_event>& batch,
                               const log_loss& loss) {
  std::lock_guard guard{outputs_mutex_};
  for (const auto& output : outputs_) {
    if (loss.total() > 0)
      output->lost(loss);
    for (const auto& event : batch)
      output->write(event);
  }
}

bool log_dispatcher::settle() noexcept {
  std::lock_guard guard{outputs_mutex_};
  auto result = true;
  for (const auto& output : outputs_)
    result = output->settle() && result;
  return result;
}

} // namespace rr
