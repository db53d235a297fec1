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

/// How long the end waits for a slow disk before the others hear what has been
/// lost; a little longer than those take that hurry.
constexpr auto end_patience = std::chrono::milliseconds{600};

/// How often a thread looks for events in vain before it waits for one.
constexpr int looks_in_vain = 4;

/// Events that a thread takes at once: while it does, writers wait; and what it
/// has taken is not given up for newer ones.
constexpr size_t batch_size = 64;

} // namespace

bool log_dispatcher::reader::is_to_have(
  const queued_event& event) const noexcept {
  return event.except != output.get()
         && !(publishes && (event.is_foreign || is_local(*event.event)));
}

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
      if (auto failed = result->add(std::move(output)))
        return failed;
    return result;
  } catch (const std::exception& x) {
    return caf::make_error(ec::system_error,
                           std::string{"cannot start the log: "} + x.what());
  }
}

log_dispatcher::log_dispatcher(size_t queue,
                               std::chrono::milliseconds gather_time)
  : queue_size_(queue),
    gather_time_(gather_time),
    queue_(queue) {
}

log_dispatcher::~log_dispatcher() {
  close();
}

void log_dispatcher::write(const log_event& event) noexcept {
  try {
    take(log_event{event});
  } catch (...) {
    lose(event);
  }
}

void log_dispatcher::take(log_event&& event) noexcept {
  try {
    enqueue({std::make_shared<const log_event>(std::move(event))});
  } catch (...) {
    // Out of memory, before it was moved.
    lose(event);
  }
}

void log_dispatcher::pass_on(log_event&& event) noexcept {
  try {
    enqueue({std::make_shared<const log_event>(std::move(event)), true});
  } catch (...) {
    lose(event);
  }
}

caf::error log_dispatcher::add(output_ptr output) {
  auto added = std::make_unique<reader>();
  auto& self = *added;
  self.publishes = output->publishes();
  self.told = output->own_loss().count;
  self.output = std::move(output);
  std::lock_guard guard{mutex_};
  if (closing_)
    return {};
  self.taken = self.done = queue_.last();
  readers_.push_back(std::move(added));
  auto failed = start_thread(self.thread, "rr-log", "cannot start the log",
                             [this, &self] { run(self); });
  if (failed)
    readers_.pop_back();
  return failed;
}

void log_dispatcher::remove(const output_ptr& output) noexcept {
  std::unique_lock lock{mutex_};
  auto found = std::find_if(readers_.begin(), readers_.end(), [&](auto& x) {
    return x->output == output && x->last == no_number;
  });
  if (found == readers_.end())
    return;
  auto& removed = **found;
  removed.last = queue_.last();
  lock.unlock();
  output->hurry();
  written_.notify_all();
  removed.thread.join();
  lock.lock();
  share_loss(removed, true);
  std::erase_if(readers_, [&](auto& x) { return x.get() == &removed; });
}

void log_dispatcher::close() noexcept {
  std::call_once(close_once_, [this] {
    std::unique_lock lock{mutex_};
    closing_ = true;
    for (auto& each : readers_)
      each->output->hurry();
    written_.notify_all();
    handed_over_.wait_for(lock, end_patience, [this] { return all_done(); });
    for (auto& each : readers_)
      share_loss(*each, true);
    // One that is being removed is that thread's to join.
    std::vector<reader*> ending;
    for (auto& each : readers_)
      if (each->last == no_number) {
        each->last = queue_.last();
        ending.push_back(each.get());
      }
    lock.unlock();
    written_.notify_all();
    for (auto* each : ending)
      each->thread.join();
    lock.lock();
    std::erase_if(readers_, [](auto& x) { return !x->thread.joinable(); });
  });
}

void log_dispatcher::enqueue(queued_event added) noexcept {
  auto wakes = false;
  {
    std::lock_guard guard{mutex_};
    if (closing_ || readers_.empty())
      return;
    wakes = keep(added);
  }
  if (wakes)
    written_.notify_all();
  // Here ends what was lost for it: freeing it takes its time.
}

void log_dispatcher::lose(const log_event& event) noexcept {
  std::lock_guard guard{mutex_};
  for (auto& each : readers_) {
    each->loss.add(event);
    ++each->lost;
  }
}

/// Exchanges the event for the one that is lost for it, if any.
/// @returns whether a thread is to be woken.
bool log_dispatcher::keep(queued_event& added) noexcept {
  auto is_urgent = added.event->level >= log_level::error;
  added = queue_.append(std::move(added));
  auto wakes = false;
  for (auto& each : readers_) {
    auto is_lost = added.event && added.number > each->taken
                   && added.number <= each->last && each->is_to_have(added);
    if (is_lost) {
      each->loss.add(*added.event);
      ++each->lost;
    }
    auto hurries = is_urgent || queue_.last() - each->taken >= queue_size_;
    if (each->waits == waits_for::any_event
        || (each->waits == waits_for::urgent_event && hurries)) {
      each->waits = waits_for::nothing;
      wakes = true;
    }
  }
  return wakes;
}

/// The number of the last event, by now, that it is to have.
uint64_t log_dispatcher::end_of(const reader& who) const noexcept {
  return std::min(who.last, queue_.last());
}

bool log_dispatcher::all_done() const noexcept {
  return std::all_of(readers_.begin(), readers_.end(),
                     [this](const auto& x) { return x->done >= end_of(*x); });
}

/// Any output's thread does it for all: one that has lost may hang.
/// @returns whether the others have heard of all.
bool log_dispatcher::share_loss(reader& from, bool at_once) noexcept {
  auto loss = from.output->own_loss();
  loss.count += from.lost;
  if (loss.count == from.told)
    return true;
  auto now = clock::now();
  if (!at_once && now < from.next_report)
    return false;
  from.next_report = now + report_interval;
  try {
    auto total = std::exchange(loss.count, loss.count - from.told);
    auto report
      = queued_event{std::make_shared<const log_event>(loss_report(loss)),
                     false, from.output.get()};
    from.told = total;
    if (keep(report))
      written_.notify_all();
    return true;
  } catch (...) {
    // Out of memory: the next time.
    return false;
  }
}

void log_dispatcher::run(reader& self) noexcept {
  batch events;
  log_loss loss;
  auto settled = true;
  while (take_batch(self, events, loss, settled)) {
    if (loss.total() > 0)
      self.output->lost(loss);
    for (const auto& event : events)
      self.output->write(*event);
    events.clear();
    settled = self.output->settle();
    std::unique_lock lock{mutex_};
    for (auto& each : readers_)
      settled = share_loss(*each, false) && settled;
    self.done = self.taken;
    handed_over_.notify_all();
    gather(self, lock);
  }
  self.output->end();
}

/// Waits for events, or for the time to settle what is not, and takes them.
/// @returns false at the end.
bool log_dispatcher::take_batch(reader& self, batch& events, log_loss& loss,
                                bool settled) {
  events.reserve(batch_size);
  std::unique_lock lock{mutex_};
  auto ready = [&] {
    return self.taken < end_of(self) || self.last != no_number;
  };
  self.waits = waits_for::any_event;
  if (settled)
    written_.wait(lock, ready);
  else
    written_.wait_for(lock, settle_interval, ready);
  self.waits = waits_for::nothing;
  auto end = end_of(self);
  if (self.last != no_number && self.taken == end)
    return false;
  loss = std::exchange(self.loss, {});
  auto from = std::exchange(self.taken, end);
  queue_.for_each_after(from, [&](const queued_event& each) {
    if (each.number > end)
      return false;
    if (self.is_to_have(each))
      events.push_back(each.event);
    if (events.size() < batch_size)
      return true;
    self.taken = each.number;
    return false;
  });
  // What all have taken is theirs.
  auto common = queue_.last();
  for (const auto& each : readers_)
    if (each->taken < end_of(*each))
      common = std::min(common, each->taken);
  queue_.drop_until(common);
  return true;
}

/// Waits a little for more events, while they come in quick succession.
void log_dispatcher::gather(reader& self, std::unique_lock<std::mutex>& lock) {
  auto ends = [&] { return closing_ || self.last != no_number; };
  for (auto i = 0; i < looks_in_vain; ++i) {
    if (ends() || self.taken < end_of(self))
      return;
    self.waits = waits_for::urgent_event;
    auto hurries = written_.wait_for(lock, gather_time_, [&] {
      return self.waits == waits_for::nothing || ends();
    });
    self.waits = waits_for::nothing;
    if (hurries)
      return;
  }
}

} // namespace rr
