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

/// How far apart reports of one output's losses are at least.
constexpr auto report_interval = std::chrono::seconds{1};

/// How long the end waits for a slow disk before the others hear what has been
/// lost; a little longer than those take that hurry.
constexpr auto end_patience = std::chrono::milliseconds{600};

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
    // One that is being removed is that thread's, to join and to erase.
    for (auto& each : readers_)
      if (each->last == no_number) {
        each->last = queue_.last();
        each->ends = true;
      }
    written_.notify_all();
    auto is_left = [](auto& x) { return x->ends && x->thread.joinable(); };
    for (;;) {
      // Found anew each time: others may be removed meanwhile. A list of them
      // would take memory, of which there may be none.
      auto found = std::ranges::find_if(readers_, is_left);
      if (found == readers_.end())
        break;
      auto& thread = (*found)->thread;
      lock.unlock();
      thread.join();
      lock.lock();
    }
    std::erase_if(readers_, [](auto& x) { return x->ends; });
  });
}

std::vector<heartbeat_witness> log_dispatcher::witnesses() {
  std::vector<heartbeat_witness> result;
  std::lock_guard guard{mutex_};
  for (auto& each : readers_)
    if (each->publishes)
      result.push_back({.ask =
                          [this, life = each->life](uint64_t question) {
                            life->ask(question);
                            written_.notify_all();
                          },
                        .answered =
                          [this, life = each->life] {
                            // Without the lock a wake may come too early.
                            if (!life->has_answered())
                              written_.notify_all();
                            return life->answered();
                          },
                        .bound = {},
                        .name = "log publisher"});
  return result;
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

std::vector<sink_loss> log_dispatcher::losses() const {
  auto guard = std::lock_guard{mutex_};
  std::vector<sink_loss> result;
  for (const auto& each : readers_) {
    result.push_back(each->output->own_loss());
    result.back().count += each->lost;
  }
  return result;
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

} // namespace rr
