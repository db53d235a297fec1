// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log/log_dispatcher.hpp"


#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "bridges/system/start_thread.hpp"
#include "messages/error.hpp"

namespace rr {

namespace {

/// How long what an output has put off may wait.
constexpr auto settle_interval = std::chrono::milliseconds{250};

/// How far apart reports of one output's losses are at least.
constexpr auto report_interval = std::chrono::seconds{1};

/// How often the thread looks for events in vain before it waits for one.
constexpr int looks_in_vain = 4;

} // namespace

caf::expected<std::shared_ptr<log_dispatcher>>
log_dispatcher::make(size_t queue, std::vector<output_ptr> outputs,
                     std::chrono::milliseconds gather_time) {
  if (queue == 0)
    return caf::make_error(ec::bad_configuration,
                           "cannot make a log queue of 0 events: "
                           "1 is the least");
  try {
    std::shared_ptr<log_dispatcher> result{
      new log_dispatcher(queue, gather_time)};
    for (auto& output : outputs)
      result->add(std::move(output));
    if (auto err
        = start_thread(result->thread_, "rr-log", "cannot start the log",
                       [self = result.get()] { self->run(); }))
      return err;
    return result;
  } catch (const std::exception& x) {
    return caf::make_error(ec::system_error,
                           std::string{"cannot start the log: "} + x.what());
  }
}

log_dispatcher::log_dispatcher(size_t queue,
                               std::chrono::milliseconds gather_time)
  : gather_time_(gather_time),
    waiting_(queue),
    taken_out_(queue) {
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
    auto hurries = event.level >= log_level::error;
    keep(std::move(event));
    hurries = hurries || waiting_.is_half_full();
    wakes = std::exchange(idle_, false) || (hurries && !hurried_);
    hurried_ = hurried_ || hurries;
  }
  if (wakes)
    written_.notify_one();
}

void log_dispatcher::keep(log_event&& event) noexcept {
  waiting_.append(std::move(event), [this](const log_event& oldest) {
    loss_.add(oldest);
    ++done_;
  });
  ++taken_;
}

void log_dispatcher::pass_on(const log_event& event) noexcept {
  {
    std::lock_guard guard{outputs_mutex_};
    for (const auto& each : outputs_)
      each.output->pass_on(event);
  }
  // For the thread to look in a while what has become of it.
  std::lock_guard guard{mutex_};
  if (!std::exchange(passed_on_, true))
    written_.notify_one();
}

void log_dispatcher::add(output_ptr output) {
  auto told = output->own_loss().count;
  std::lock_guard guard{outputs_mutex_};
  outputs_.push_back({std::move(output), told, {}});
}

void log_dispatcher::remove(const output_ptr& output) {
  {
    std::unique_lock lock{mutex_};
    hurried_ = true;
    written_.notify_one();
    auto until = taken_;
    handed_over_.wait(lock, [&] { return done_ >= until; });
  }
  std::lock_guard guard{outputs_mutex_};
  auto is_this = [&](const auto& x) { return x.output == output; };
  auto found = std::find_if(outputs_.begin(), outputs_.end(), is_this);
  if (found == outputs_.end())
    return;
  share_loss(*found, true);
  outputs_.erase(found);
}

void log_dispatcher::share_losses() noexcept {
  std::lock_guard guard{outputs_mutex_};
  for (auto& from : outputs_)
    share_loss(from, true);
}

void log_dispatcher::at_end(std::function<void()> action) {
  at_end_ = std::move(action);
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
    if (at_end_)
      at_end_();
  });
}

void log_dispatcher::run() noexcept {
  auto settled = true;
  log_loss loss;
  while (take_batch(loss, settled)) {
    hand_over(loss);
    settled = settle();
    auto count = taken_out_.count();
    taken_out_.clear();
    std::unique_lock lock{mutex_};
    done_ += count;
    handed_over_.notify_all();
    gather(lock);
  }
}

/// Waits a little for more events, while they come in quick succession.
void log_dispatcher::gather(std::unique_lock<std::mutex>& lock) {
  auto ends = [this] { return hurried_ || closing_; };
  for (auto i = 0; i < looks_in_vain; ++i)
    if (waiting_.count() > 0 || written_.wait_for(lock, gather_time_, ends))
      return;
}

/// Waits for events, or for the time to settle what is not. Then takes all at
/// once: whoever writes meanwhile must not wait while this thread does not run.
/// @returns false at the end.
bool log_dispatcher::take_batch(log_loss& loss, bool settled) {
  std::unique_lock lock{mutex_};
  auto ready = [this] { return waiting_.count() > 0 || closing_; };
  idle_ = true;
  if (settled)
    written_.wait(lock, [&] { return ready() || passed_on_; });
  if (!ready())
    written_.wait_for(lock, settle_interval, ready);
  passed_on_ = false;
  idle_ = false;
  hurried_ = false;
  if (waiting_.count() == 0 && closing_)
    return false;
  loss = std::exchange(loss_, {});
  std::swap(waiting_, taken_out_);
  return true;
}

void log_dispatcher::hand_over(const log_loss& loss) {
  std::lock_guard guard{outputs_mutex_};
  for (const auto& each : outputs_) {
    auto& output = *each.output;
    if (loss.total() > 0)
      output.lost(loss);
    taken_out_.for_each([&](const log_event& event) { output.write(event); });
  }
}

bool log_dispatcher::settle() noexcept {
  std::lock_guard guard{outputs_mutex_};
  auto result = true;
  for (auto& each : outputs_) {
    result = each.output->settle() && result;
    result = share_loss(each, false) && result;
  }
  return result;
}

bool log_dispatcher::share_loss(added_output& from, bool at_once) noexcept {
  auto loss = from.output->own_loss();
  if (loss.count == from.told)
    return true;
  auto now = clock::now();
  if (!at_once && now < from.next_report)
    return false;
  from.next_report = now + report_interval;
  try {
    auto total = std::exchange(loss.count, loss.count - from.told);
    auto event = loss_report(loss);
    from.told = total;
    for (auto& other : outputs_)
      if (&other != &from)
        other.output->write(event);
    return true;
  } catch (...) {
    // Out of memory: the next time.
    return false;
  }
}

} // namespace rr
